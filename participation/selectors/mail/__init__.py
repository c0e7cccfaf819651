"""Reading what mails need: recipients, digest lines, reminders and preferences."""
