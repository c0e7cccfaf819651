"""The demonstration: real cases and invented ones, told to whoever sees Leidraad for the first time."""
