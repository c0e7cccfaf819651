"""This week's obligations, backward planning, and assignment of advisers."""
