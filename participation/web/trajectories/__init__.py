"""Trajectories: the list, one of them, its timeline and histories."""
