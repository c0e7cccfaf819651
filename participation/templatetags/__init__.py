"""Template filters and tags, available in every template: see ``builtins`` in tracker/settings.py."""
