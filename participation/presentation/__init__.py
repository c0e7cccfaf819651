"""Texts and views of data: digests and other mail, explanations, labels, alerts, and the rulebook page (rules)."""
