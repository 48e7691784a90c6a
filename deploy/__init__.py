"""The parts become a running service: settings, wiring, command line, database, workers."""
