"""Read queries: rows as facts, and the data of pages, digests and the API."""
