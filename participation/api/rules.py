"""The rules of the rulebook: what is due to residents, the legal or policy source, and the terms by version."""

from django.http import Http404
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from participation.compliance import vocabulary as words
from participation.models import Obligation
from participation.reports.rules import holds, sorted_rules, rule_on

from .core.query_params import VALID_ON, ApiQuery
from .filters import ApiFilters, Word
from .openapi.schema import DAY_PARAMETER, OperationDoc
from .views import ApiView

_VALID_ON = "With geldigOp, `version` is the one that holds on that day; null where none does."


class ApiRuleFilters(ApiFilters):
    """Filters of the rules; applied in memory, because the rulebook is a file."""

    search = CharFilter(label="Words that occur in title, reason, remedy or source.")
    basic = Word(words.BASICS, "The basic condition that it belongs to.")
    strength = Word(words.STRENGTHS, "How strong the word is that it rests on.")
    about = Word(("trajectory", "motion", "commitment"), "What it is about.")

    class Meta:
        model = Obligation
        fields: list[str] = []


class RuleList(ApiView):
    """The rules of the rulebook, filtered."""

    called, heading = "rules", "Rules"
    told = {"GET": OperationDoc("List the rules", "Rules", version=True, description=_VALID_ON)}
    parameters = {**ApiRuleFilters.parameters(), VALID_ON: DAY_PARAMETER}

    def get(self, request: Request) -> Response:
        """Return the rules, with the name and hash of the rulebook."""
        asked = self.asked()
        given = ApiRuleFilters(request.query_params, Obligation.objects.none()).chosen()
        rulebook, search = asked.rulebook, given.pop("search", "")
        of = {"about": "of"}
        rules = [
            rule_on(rule, asked.day)
            for rule in sorted_rules(rulebook)
            if all(getattr(rule, of.get(name, name)) == word for name, word in given.items())
            and holds(rule, rulebook, asked.language, search)
        ]
        record = {
            **_rulebook(asked),
            "title": dict(rulebook.title),
            "on": asked.day.isoformat(),
            "sources": {name: dict(text) for name, text in rulebook.sources.items()},
            "rules": rules,
        }
        return self.unless_known(record)


class RuleOne(ApiView):
    """One rule."""

    called, heading, in_path = "rule", "Rules", {"id": "Id of the rule."}
    told = {"GET": OperationDoc("Read a rule", "Rule", version=True, description=_VALID_ON)}
    parameters = {VALID_ON: DAY_PARAMETER}

    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - so it is called in the address
        """Return the rule. Raises Http404 if the rulebook has no rule with this id."""
        asked = self.asked()
        rule = asked.rulebook.by_id.get(id)
        if rule is None:
            raise Http404
        record = {**rule_on(rule, asked.day), **_rulebook(asked)}
        return self.unless_known(record)


def _rulebook(asked: ApiQuery) -> dict[str, dict[str, str]]:
    return {"rulebook": {"name": asked.rulebook.name, "hash": asked.rulebook.hash}}
