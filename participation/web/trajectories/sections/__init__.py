"""Sections of the trajectory page, one module each: from rows to template data."""
