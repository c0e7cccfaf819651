"""Counts: across the city, per basic condition and per rule."""
