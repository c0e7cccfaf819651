"""Reading changes: the feed, histories, changesets, row versions, and which texts are public."""
