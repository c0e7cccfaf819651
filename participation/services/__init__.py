"""The verbs that write. A service names every consequence of what it does; it never calls a task."""
