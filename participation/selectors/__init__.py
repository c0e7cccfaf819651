"""Reading: rows as facts, and what pages and reports show."""
