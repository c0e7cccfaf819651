"""Digests (content, gathering, rendering, delivery) and other mail, explanations, and the rulebook page (rules)."""
