"""Shared by all web packages: request context, permissions, page rendering, forms, template tags."""
