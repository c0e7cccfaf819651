"""Changing motions and commitments: forms and the import of files."""
