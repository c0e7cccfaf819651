"""What the API says of itself: its OpenAPI description and what that is made of."""
