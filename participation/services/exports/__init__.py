"""Files made in advance: archives of trajectories and the open data export."""
