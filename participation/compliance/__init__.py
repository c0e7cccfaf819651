"""Rule engine: obligations, due dates and statuses. Pure: depends only on the standard library, PyYAML and holidays."""
