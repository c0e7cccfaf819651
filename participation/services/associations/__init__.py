"""What associations and advisers exchange: submissions, counter-signals and evaluations."""
