"""The rulebook: list and detail pages of rules, and exports."""
