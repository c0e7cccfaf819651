"""Erasure: permanent removal of text from rows, histories and copies (GDPR, article 17)."""
