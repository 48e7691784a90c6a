"""How fast the service is, measured against baselines in the same run: `make bench`."""
