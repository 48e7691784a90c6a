"""Questions we can answer from the log: one file per question."""
