"""The signed document with which a municipality publishes its totals, for others to compare with."""
