"""What is owed, by when, and whether it was done: pure, from the standard library, PyYAML and holidays alone."""
