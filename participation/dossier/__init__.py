"""The dossier format: parsing, JSON Schema and validation. Does not use the database."""
