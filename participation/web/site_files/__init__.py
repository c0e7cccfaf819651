"""Files about the site itself: robots.txt, sitemap.xml, security.txt and favicon.ico."""
