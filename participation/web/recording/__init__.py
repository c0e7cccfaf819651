"""Recording what happened: steps, contributions, documents, plans, answers, explanations, and taking it back."""
