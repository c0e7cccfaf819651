"""What a piece of work came to."""

from collections import Counter
from typing import Any


class Outcome:
    """Counts by kind, what failed, each with its name, and what differed from what was stored."""

    def __init__(self, *names: str) -> None:
        """Start with nothing; these names are counted even where nothing comes of them."""
        self.counts: Counter[str] = Counter(dict.fromkeys(names, 0))
        self.failures: list[dict[str, str]] = []
        self.differences: list[dict[str, Any]] = []

    def count(self, name: str, number: int = 1) -> None:
        """Count so many more under this name."""
        self.counts[name] += number

    def add(self, other: "Outcome") -> None:
        """Take in what another piece came to."""
        for name, number in other.counts.items():
            self.counts[name] += number
        self.failures += other.failures
        self.differences += other.differences
