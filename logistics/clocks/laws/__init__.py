"""The laws themselves: one file each, nothing but data."""
