"""Recording: forms for steps, contributions, documents, plans, requests and waivers, and undo."""
