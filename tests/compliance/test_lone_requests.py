"""A request that belongs to no trajectory is judged by the rules for requests alone."""

from __future__ import annotations

from datetime import date

from participation.compliance.dates import ImpreciseDate
from participation.compliance.evaluate import evaluate
from participation.compliance.explain import Explainer
from participation.compliance.facts import Facts, RequestFacts, TrajectoryFacts
from participation.compliance.rulebook import Rulebook, load
from participation.compliance.rules import Scope

LEIDEN = load("leiden")
RECEIVED = ImpreciseDate.on(date(2024, 3, 1))


def request(kind="woo", ref="R-2024-7", **columns):
    return RequestFacts(ref, kind, received_on=RECEIVED, **columns)


def with_scope(scope):
    rules = tuple(rule._replace(scope=scope) for rule in LEIDEN.rules if rule.id == "woo-decided")
    return Rulebook("test", {}, rules, LEIDEN.calendar, LEIDEN.sources)


def test_a_request_by_itself_has_the_same_obligations_as_in_a_trajectory():
    for kind in ("concern", "information", "initiative", "complaint", "woo"):
        alone = evaluate(request(kind, party="wijk-a"), LEIDEN)
        within = Facts(TrajectoryFacts("t"), requests=(request(kind, party="wijk-a"),))
        same = [o._replace(subject="") for o in evaluate(within, LEIDEN) if o.subject == "R-2024-7"]

        assert alone
        assert alone == same


def test_only_rules_for_requests_judge_a_request_by_itself():
    checks = {rule.check for rule in LEIDEN.rules_about(request())}

    assert checks == {"request_answered"}


def test_a_rule_for_certain_trajectories_judges_no_request_without_one():
    assert with_scope(Scope()).rules_about(request())
    assert with_scope(Scope(kinds_except=("research",))).rules_about(request())
    assert not with_scope(Scope(impact=("high",))).rules_about(request())


def test_the_term_of_a_request_by_itself_is_explained_line_by_line():
    extended = request(extended_on=ImpreciseDate.on(date(2024, 3, 20)), extension_reason=True)
    [obligation] = evaluate(extended, LEIDEN)

    codes = [line.code for line in Explainer(extended, LEIDEN).explanation_lines(obligation, date(2024, 4, 1))]
    assert obligation.due_on == date(2024, 4, 12)
    assert {"from", "extended", "term", "due"} <= set(codes)
