"""The sections of the page of one trajectory, one module a noun: rows in, what the template shows out."""
