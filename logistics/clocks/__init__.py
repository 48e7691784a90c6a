"""The legal clocks: working time, the rules of each law as data, and what they make of a dossier."""
