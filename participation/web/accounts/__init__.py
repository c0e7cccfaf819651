"""Authentication: login, logout, second factor, mail preferences and API keys."""
