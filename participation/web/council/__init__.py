"""Pages for the council: what is late, explained and contradicted, and a pack of two pages per decision."""
