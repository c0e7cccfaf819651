"""What is said of an obligation has the numbers under which it is judged."""

from datetime import date

import pytest

from participation.compliance import wording
from participation.compliance.calendar import Term
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebook import load
from participation.compliance.rules import Version

EARLY = load("basis").by_id["early-involvement"]
VERSIONS = (
    Version(date(2026, 2, 23), date(2026, 12, 31), {"term": Term(-42)}),
    Version(date(2027, 1, 1), None, {"term": Term(-6, "weeks")}),
)


@pytest.mark.parametrize(
    ("trigger", "term"),
    [
        (date(2026, 12, 31), "42 days"),
        (date(2027, 1, 1), "6 weeks"),
        (date(2020, 1, 1), "6 weeks"),
        (None, "6 weeks"),
    ],
)
def test_a_message_has_the_term_of_the_version_in_force_on_its_trigger_date(trigger, term):
    rule = EARLY._replace(versions=VERSIONS)
    obligation = ObligationValue(rule.id, trigger_on=trigger, details={"anchor": "first_decision"})
    assert f"at least {term} before" in wording.message(rule, obligation, "en")
