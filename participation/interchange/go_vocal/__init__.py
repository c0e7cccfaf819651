"""Importer of Go Vocal exports: contributions, votes and surveys, converted to a sheet with our own headings."""
