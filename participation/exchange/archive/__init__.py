"""The archive of a trajectory: one ZIP to keep, with all that is known of it, and how it is checked."""
