"""A paper: one original, copy or electronic document, and the single party that holds it."""
