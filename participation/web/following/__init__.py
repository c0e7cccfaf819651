"""Following without an account: by mail, calendar, feed, badge."""
