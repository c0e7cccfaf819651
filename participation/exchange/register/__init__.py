"""Motions and promises as others write them: lists, Popolo and Open Raadsinformatie."""
