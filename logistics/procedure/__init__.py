"""The catalogue of administrative procedures: what each is called, who decides it, and by when."""
