"""The REST API for other systems: what is public for everyone, writing for who may change a trajectory."""
