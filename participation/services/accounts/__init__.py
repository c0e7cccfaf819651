"""Accounts: revoking access, API keys and rate limits."""
