"""Receipts in from carriers, and notices out to subscribers."""
