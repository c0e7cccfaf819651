"""All that is public as open data: which kinds, their columns, the files and their description."""
