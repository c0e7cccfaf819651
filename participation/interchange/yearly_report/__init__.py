"""The yearly report: a PDF, its figures, and the lines from which they can be computed again elsewhere."""
