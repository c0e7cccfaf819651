"""The rules of the rulebook: what is due to residents, the legal or policy source, and the terms by version."""

from django.http import Http404
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from participation.compliance import vocabulary as words
from participation.compliance.rulebook import Rulebook
from participation.models import Obligation
from participation.presentation.rules import rule_as_json_on, rule_matches, sorted_rules, source_as_json

from .core.query_params import VALID_ON
from .filters import ApiFilters, VocabularyFilter
from .openapi.schema import DAY_PARAMETER, TEXT, OperationDoc
from .views import ApiView

MUNICIPALITY_TEXT = (
    "Slug of a municipality: the rules are those of the rulebook that judges its trajectories. Without it, those of "
    "the first rulebook, which also judges every municipality without a rulebook of its own."
)
_VERSION_TEXT = "With `geldigOp`, `version` is the version in force on that day, or null."


class ApiRuleFilters(ApiFilters):
    """Filters of the rules; applied in memory, because the rulebook is a file."""

    search = CharFilter(label="Words that must all occur in title, reason, remedy or source.")
    basic = VocabularyFilter(words.BASICS, "Basic condition of the rule.")
    strength = VocabularyFilter(words.STRENGTHS, "Strength of the source, from law to wish.")
    about = VocabularyFilter(("trajectory", "motion", "commitment"), "Owner type.")
    municipality = CharFilter(label=MUNICIPALITY_TEXT)

    class Meta:
        model = Obligation
        fields: list[str] = []


class RuleList(ApiView):
    """The rules of the rulebook, filtered."""

    operation_name, tag = "rules", "Rules"
    operations = {"GET": OperationDoc("List the rules", "RuleList", version=True, description=_VERSION_TEXT)}
    parameters = {**ApiRuleFilters.parameters(), VALID_ON: DAY_PARAMETER}

    def get(self, request: Request) -> Response:
        """Return the rules, with the name and hash of the rulebook."""
        query = self.parse_query()
        criteria = ApiRuleFilters(request.query_params, Obligation.objects.none()).validated_values()
        rulebook = query.rulebooks.for_municipality(criteria.pop("municipality", ""))
        search = criteria.pop("search", "")
        attributes = {"about": "owner_type"}
        rules = [
            {**rule_as_json_on(rule, query.day), **_rulebook(rulebook)}
            for rule in sorted_rules(rulebook)
            if all(getattr(rule, attributes.get(name, name)) == word for name, word in criteria.items())
            and rule_matches(rule, rulebook, query.language, search)
        ]
        record = {
            **_rulebook(rulebook),
            "rulebooks": [
                {**_rulebook(found)["rulebook"], "municipality": found.municipality or None, "title": dict(found.title)}
                for found in query.rulebooks
            ],
            "title": dict(rulebook.title),
            "notice": dict(rulebook.notice) if rulebook.notice else None,
            "on": query.day.isoformat(),
            "sources": {name: source_as_json(source) for name, source in rulebook.sources.items()},
            "rules": rules,
        }
        return self.respond_or_304(record)


class RuleDetail(ApiView):
    """One rule."""

    operation_name, tag, path_parameters = "rule", "Rules", {"id": "Id of the rule."}
    operations = {"GET": OperationDoc("Read a rule", "Rule", version=True, description=_VERSION_TEXT)}
    parameters = {
        VALID_ON: DAY_PARAMETER,
        "municipality": {"description": MUNICIPALITY_TEXT, "schema": TEXT},
    }

    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - name in the URL pattern
        """Return the rule. Raises Http404 if the rulebook has no rule with this id."""
        query = self.parse_query()
        rulebook = query.rulebooks.for_municipality(request.query_params.get("municipality"))
        rule = rulebook.by_id.get(id)
        if rule is None:
            raise Http404
        record = {**rule_as_json_on(rule, query.day), **_rulebook(rulebook)}
        return self.respond_or_304(record)


def _rulebook(rulebook: Rulebook) -> dict[str, dict[str, str]]:
    return {"rulebook": {"name": rulebook.name, "hash": rulebook.hash}}
