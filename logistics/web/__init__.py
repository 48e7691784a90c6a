"""The HTTP kit: typed endpoints, problems, keys, idempotency, and the document that describes them."""
