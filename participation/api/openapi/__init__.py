"""The OpenAPI document of the API and the components it consists of."""
