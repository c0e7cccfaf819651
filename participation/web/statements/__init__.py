"""Pages of the accessibility statement and the privacy statement."""
