"""Motions and commitments: lists, detail pages, forms and import."""
