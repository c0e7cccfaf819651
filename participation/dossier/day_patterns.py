"""Regular expressions of the days in the calendar."""

from collections.abc import Iterable
from typing import Final

# In Python `$` also matches before a trailing newline.
END: Final = r"$(?!\n)"


def day_pattern(centuries: Iterable[int], *, last_year: str = "") -> str:
    """Return the pattern of the days in the calendar of these centuries, and of one year more: YYYY-MM-DD."""
    centuries = list(centuries)
    years = [f"({'|'.join(map(str, centuries))})[0-9]{{2}}", *filter(None, (last_year,))]
    # A century has a 29th of February in its own year only where it can be divided by four.
    leap = "|".join(f"{century}({'00|' * (not century % 4)}0[48]|[2468][048]|[13579][26])" for century in centuries)
    days = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
    return rf"^(({'|'.join(years)})-({days})|({leap})-02-29){END}"
