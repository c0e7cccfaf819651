"""Reading of plannings: a table or text, pasted or in a file, to proposed steps and documents."""
