"""Mail: what is made for whom, the outbox, handing it over, and what comes back."""
