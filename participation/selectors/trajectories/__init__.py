"""Reading trajectories: the list, one trajectory for its page, planning, workload and neighbourhoods."""
