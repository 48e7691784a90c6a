"""What the law makes of the facts: one file for each of those who owe something."""
