"""Statistics by basic condition and district; neighbourhoods."""
