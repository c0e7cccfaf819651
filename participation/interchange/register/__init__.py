"""Importers of motions and commitments: spreadsheets, Popolo, Open Raadsinformatie and ORI 2.0."""
