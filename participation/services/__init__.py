"""Write operations. A service returns what is to be done next, and never starts a task itself."""
