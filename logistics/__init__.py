"""What may happen: streams, rules, handling, the event store and the write routes."""
