"""The archive of a trajectory: a ZIP for long-term preservation, and the check of its integrity."""
