"""Following without an account: mail, calendar, feed and badge."""
