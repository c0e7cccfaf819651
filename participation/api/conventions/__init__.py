"""How this API behaves everywhere: who asks, what is asked, versions, pages, problems, and how often."""
