"""Reports in the forms that the law prescribes: each a file, and one shape to write them all."""
