"""Trajectories: list, detail page, timeline and histories."""
