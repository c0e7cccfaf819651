"""Demo data: real cases and invented trajectories, loaded and summarised for a first-time user."""
