"""The REST API: anonymous read access to public data, authenticated writes for users with edit permission."""
