"""What Go Vocal exports: contributions, votes and surveys, as a sheet under our own headings."""
