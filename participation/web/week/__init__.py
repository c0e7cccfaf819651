"""What is owed this week, schedules worked backwards, and who works on what."""
