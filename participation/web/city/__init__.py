"""How the city does: per basic condition, per district; neighbourhoods."""
