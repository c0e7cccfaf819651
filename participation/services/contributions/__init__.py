"""Recording contributions: their outcomes, and the preview and import of sheets."""
