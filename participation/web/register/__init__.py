"""Motions and commitments: lists, one of them, reports."""
