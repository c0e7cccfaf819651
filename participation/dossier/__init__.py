"""The dossier as a document: reading its text, its schema, and what is wrong with it. No database here."""
