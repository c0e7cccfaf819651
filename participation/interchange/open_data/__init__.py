"""Export of all public data as open data: CSV, JSON Lines and a Data Package descriptor."""
