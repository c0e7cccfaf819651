"""Writing dossier records: the import of whole dossiers, and single rows for the API."""
