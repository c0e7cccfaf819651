"""Reading for residents' associations: their dashboard, counter-signals and evaluations."""
