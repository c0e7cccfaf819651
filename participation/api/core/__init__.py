"""Shared API behaviour: authentication, query parsing, ETags, pagination, problem details, idempotency, throttling."""
