"""Files about the site itself: robots.txt, sitemap.xml, opensearch.xml, security.txt and favicon.ico."""
