"""The rules, each on a page of its own."""
