"""Reading obligations: stored and reassessed, their statuses, explanations and transitions."""
