"""Importers and exporters: spreadsheets, council information systems, Go Vocal, CBS, open data and archives."""
