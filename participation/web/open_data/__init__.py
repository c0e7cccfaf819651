"""Open data: all public data, with descriptions."""
