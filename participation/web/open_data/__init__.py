"""Open data: all that is public, described and to be taken along."""
