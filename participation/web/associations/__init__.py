"""Pages for residents' associations: counter-signals, requests, reactions and evaluation forms."""
