"""A dossier: one application under one administrative procedure, from reception to return."""
