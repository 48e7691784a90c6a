"""The tables that are ours, revision by revision (Alembic)."""
