"""What people read: the weekly report (content, gathering, rendering, delivery) and the rulebook (rules)."""
