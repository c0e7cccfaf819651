"""Reading rows as dossier records, for exports and the API."""
