"""What residents' associations see and hand in; evaluation forms."""
