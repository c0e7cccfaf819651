"""Saving changes: changesets with undo, unique names, and idempotency records."""
