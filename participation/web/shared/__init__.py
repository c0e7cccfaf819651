"""What all rooms share: who visits when, rights, pages, forms, words."""
