"""Mail: generating it, the outbox, delivery over SMTP, and bounces."""
