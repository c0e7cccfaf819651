"""Changing trajectories: assigning advisers and applying a planning."""
