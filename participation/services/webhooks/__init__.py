"""Webhooks: their administration, deliveries, and an HTTP client that is safe against SSRF."""
