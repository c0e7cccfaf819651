"""How rows are written and read in the formats of others: sheets, other systems, open data, an archive."""
