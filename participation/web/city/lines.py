"""The lines behind a number of the statistics: obligations, and contributions."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.compliance.vocabulary import AUDIENCES, BASICS, LEVELS, ORGANISATION_KINDS
from participation.interchange.tables import Table, TableColumn, in_chunks
from participation.models import Contribution, Obligation, Trajectory
from participation.models.labels import LABELS, labelled_choices
from participation.presentation.figure_labels import AGE_LABELS, COLUMNS, SCOPE_LABELS, SCOPE_PARAMS, STATE_LABELS
from participation.presentation.labels import status_label
from participation.presentation.trajectory_pages import item_fragment
from participation.selectors.changes.public_texts import can_read_earlier_texts
from participation.selectors.municipalities import municipalities_of
from participation.selectors.obligations.judging import under_rules
from participation.selectors.obligations.statuses import Verdict, party_names, verdicts_by_keys
from participation.selectors.statistics.city import MAX_REASSESSED_TRAJECTORIES, Period, TooManyTrajectories
from participation.selectors.statistics.influence import (
    AGES,
    STATES,
    UNCOUNTED_AGES,
    contributions_in,
    of_district,
    of_sender,
    of_theme,
    with_age,
)
from participation.selectors.statistics.known import (
    check_number,
    known_trajectories,
    known_verdicts,
    redact_versions,
    with_public_titles,
)
from participation.selectors.statistics.series import (
    CURRENT,
    in_period,
    in_period_as_logged,
    is_of_scope,
    obligations_of_scope,
    statuses_of,
)
from participation.selectors.trajectories.neighbourhoods import districts_of

from ..shared.addresses import obligation_address, trajectory_address
from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM, FilterSelect
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .influence import INFLUENCE_SCOPES
from .periods import NOT_RECORDED, PublicField, ScopeForm, end_of_day, scoped_trajectories, without_known

ROWS_PER_PAGE: Final = 50
_OUTCOME_LABELS: Final = {**COLUMNS, "not_known": gettext_lazy("Not known to be due then")}


class ObligationsForm(PublicField, ScopeForm):
    """What selects obligations behind a number."""

    basis = forms.ChoiceField(label=gettext_lazy("Basic condition"), required=False, widget=FilterSelect)
    uitkomst = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False, widget=FilterSelect)
    niveau = forms.ChoiceField(label=gettext_lazy("Level of participation"), required=False, widget=FilterSelect)
    stadsdeel = forms.ChoiceField(label=gettext_lazy("District"), required=False, widget=FilterSelect)
    traject = forms.SlugField(required=False, widget=forms.HiddenInput)
    regel = forms.SlugField(required=False, widget=forms.HiddenInput)
    regelboek = forms.SlugField(required=False, widget=forms.HiddenInput)
    datum = forms.BooleanField(label=gettext_lazy("Only what has a due date"), required=False)
    toen = forms.BooleanField(
        label=gettext_lazy("As known on that day"),
        required=False,
        help_text=gettext_lazy("The status that this website showed at the end of that day."),
    )
    field_order: Iterable[str] | None = (
        "gemeente",
        "basis",
        "uitkomst",
        "wat",
        "niveau",
        "stadsdeel",
        "van",
        "op",
        "bekend",
        "datum",
        "toen",
    )

    def __init__(
        self, today: date, municipalities: Mapping[str, str], districts: list[str], language: str, *args: Any
    ) -> None:
        """Offer these municipalities and districts, and name the basic conditions in this language."""
        super().__init__(today, municipalities, *args)
        everything = _("everything, without what looks back")
        self.offer(
            "wat", [*((code, SCOPE_LABELS[scope]) for code, scope in SCOPE_PARAMS.items()), ("alles", everything)]
        )
        basics = [(code, capfirst(wording.label("basics", code, language))) for code in BASICS]
        self.offer("basis", [("", _("all together")), *basics])
        self.offer("uitkomst", [("", _("all")), *_OUTCOME_LABELS.items()])
        not_recorded = (NOT_RECORDED, _("not recorded"))
        if "gemeente" in self.fields:
            self.offer("gemeente", [("", _("all municipalities")), *municipalities.items(), not_recorded])
        self.offer("niveau", [("", _("all levels")), *labelled_choices(LEVELS), not_recorded])
        self.offer("stadsdeel", [("", _("all districts")), *((name, name) for name in districts), not_recorded])

    @property
    def scope(self) -> str:
        """Return what is counted, which may be everything that does not look back."""
        return CURRENT if self.chosen("wat") == "alles" else super().scope

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError for two ways at once to look at what was known."""
        found = super().clean()
        if found.get("bekend") and found.get("toen"):
            raise ValidationError({"toen": _("Choose this, or a day for “As known on”: not both.")})
        return found

    def is_wanted(self, rule: Rule, rulebooks: Rulebooks) -> bool:
        """Return whether what this rule asks is chosen, by its basic condition or its name."""
        basic, name, rulebook = (self.chosen(field) for field in ("basis", "regel", "regelboek"))
        if (basic and rule.basic != basic) or (name and rule.id != name):
            return False
        return not (name and rulebook) or any(own.name == rulebook and own.by_id.get(name) is rule for own in rulebooks)


class ObligationLine(NamedTuple):
    """An obligation in the list: its verdict, the title of its trajectory, and its status as asked for."""

    # A Verdict; mypy cannot analyse one in a named tuple.
    verdict: Any
    title: str
    status: str


@require_safe
@never_cache
@login_not_required
def city_obligations(request: HttpRequest) -> HttpResponseBase:
    """Return the obligations behind a number, in trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    language, rulebooks = request_context.language, request_context.rulebooks
    with translation.override(language):
        offered = (request_context.today, municipalities_of(visible), districts_of(visible))
        form = ObligationsForm(*offered, language, request.GET or None)
        period = Period(form.chosen("van"), form.chosen("op") or request_context.today)
        too_many = False
        try:
            rows = _obligation_rows(form, visible, request_context, period)
        except TooManyTrajectories:
            form, too_many = ObligationsForm(*offered, language, without_known(request)), True
            rows = _obligation_rows(form, visible, request_context, period)
        if file is not None and not form.errors and not too_many:
            table = _obligations_table(in_chunks(rows.keys, rows.read), language)
            return download(request, table, request_context.today)
        shown = Paginator(rows.keys, ROWS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM))
        context = {
            "form": form,
            "page_obj": shown,
            "period": period,
            "scope": form.scope,
            "public_only": form.chosen("openbaar"),
            "as_logged": bool(form.chosen("toen")),
            "known_on": form.chosen("bekend"),
            "too_many": too_many,
            "max_trajectories": MAX_REASSESSED_TRAJECTORIES,
            "rule": _rule_title(form, rulebooks, language),
            "outcome": _OUTCOME_LABELS.get(form.chosen("uitkomst") or ""),
            "basic": form.chosen("basis") and capfirst(wording.label("basics", form.chosen("basis"), language)),
            "trajectory": _title(visible, form.chosen("traject")),
            "lines": [
                {
                    "message": line.verdict.message(language),
                    "title": line.title,
                    "href": obligation_address(
                        "trajectory", line.verdict.name, line.verdict.rule.id, line.verdict.obligation.subject
                    ),
                    "due_on": line.verdict.obligation.due_on,
                    "met_on": line.verdict.met_on,
                    "code": line.status or "unknown",
                    "status": status_label(line.status, language) if line.status else _("Not in this website yet"),
                }
                for line in rows.read(list(shown))
            ],
            "heading": _("The points behind a figure"),
        }
    return page(request, "web/city/obligations.html", context)


class ObligationRows(NamedTuple):
    """The obligations of the list: what stands for each of them in order, and what reads a part of those."""

    keys: Any
    read: Callable[[list[Any]], list[ObligationLine]]


def _obligation_rows(
    form: ObligationsForm, visible: QuerySet[Trajectory], request_context: RequestContext, period: Period
) -> ObligationRows:
    """Return the obligations that the form selects. Raises TooManyTrajectories."""
    rulebooks = request_context.rulebooks
    if form.errors:
        return ObligationRows([], list)
    selected = _selected(form, visible)
    if known_at := form.known_at:
        verdicts = _chosen_verdicts(form, known_verdicts(selected, rulebooks, period, known_at))
        titles = dict(selected.values_list("slug", "title"))

        def from_verdicts(part: list[Any]) -> list[ObligationLine]:
            public = part if can_read_earlier_texts(request_context.user) else with_public_titles(part)
            return [ObligationLine(verdict, titles[verdict.name], verdict.status) for verdict in public]

        wanted = [verdict for verdict in verdicts if form.is_wanted(verdict.rule, rulebooks)]
        wanted.sort(key=lambda row: (row.obligation.due_on or date.max, titles[row.name], row.rule.id))
        return ObligationRows(wanted, from_verdicts)
    obligations = obligations_of_scope(selected, rulebooks, form.scope)
    if form.chosen("basis") or form.chosen("regel"):
        is_wanted = partial(form.is_wanted, rulebooks=rulebooks)
        obligations = obligations.filter(under_rules(rulebooks, is_wanted, ("trajectory",)))
    found = _with_outcome(obligations, form, period)
    due_first = F("due_on").asc(nulls_last=True)
    keys = found.order_by(due_first, "trajectory__title", "rule", "subject", "pk").values_list("pk", "status")

    def stored(part: list[Any]) -> list[ObligationLine]:
        statuses = dict(part)
        rows = Obligation.objects.filter(pk__in=list(statuses))
        titles = dict(rows.values_list("trajectory__slug", "trajectory__title"))
        pairs = zip(statuses, verdicts_by_keys(list(statuses), rulebooks, period.on), strict=True)
        return [ObligationLine(verdict, titles[verdict.name], statuses[key]) for key, verdict in pairs]

    return ObligationRows(keys, stored)


def _chosen_verdicts(form: ObligationsForm, rows: Iterable[Verdict]) -> Iterator[Verdict]:
    """Yield the verdicts of the scope of the form that have the chosen outcome."""
    statuses = statuses_of(form.chosen("uitkomst") or "")
    for verdict in rows:
        is_dated = verdict.obligation.due_on is not None or not form.chosen("datum")
        if is_dated and verdict.status in statuses and is_of_scope(verdict.rule, form.scope):
            yield verdict


def _rule_title(form: ObligationsForm, rulebooks: Rulebooks, language: str) -> str:
    rules = (rulebook.by_id.get(form.chosen("regel") or "") for rulebook in rulebooks)
    rule = next((rule for rule in rules if rule and form.is_wanted(rule, rulebooks)), None)
    return wording.text_in_language(rule.title, language) if rule else ""


def _title(visible: QuerySet[Trajectory], slug: str | None) -> str:
    return (visible.filter(slug=slug).values_list("title", flat=True).first() or "") if slug else ""


def _selected(form: ObligationsForm, visible: QuerySet[Trajectory]) -> QuerySet[Trajectory]:
    found = scoped_trajectories(form, visible)
    if level := form.chosen("niveau"):
        found = known_trajectories(found, form.known_at, level="" if level == NOT_RECORDED else level)
    if district := form.chosen("stadsdeel"):
        links = Trajectory.neighbourhoods.through.objects.exclude(neighbourhood__district="").order_by()
        if district == NOT_RECORDED:
            found = found.exclude(pk__in=links.values("trajectory"))
        else:
            found = found.filter(pk__in=links.filter(neighbourhood__district=district).values("trajectory"))
    if slug := form.chosen("traject"):
        found = found.filter(slug=slug)
    return found


def _with_outcome(rows: QuerySet[Any], form: ObligationsForm, period: Period) -> QuerySet[Any]:
    """Return these obligations with the status of that day, as known now or then, that have the chosen outcome."""
    as_logged, outcome = bool(form.chosen("toen")), form.chosen("uitkomst") or ""
    if form.chosen("datum"):
        rows = rows.filter(due_on__isnull=False)
    found = in_period_as_logged(rows, period, end_of_day(period.on)) if as_logged else in_period(rows, period)
    return found.filter(status__in=statuses_of(outcome, as_logged))


def _obligations_table(rows: Iterator[ObligationLine], language: str) -> Table:
    columns = [
        TableColumn("what", gettext_lazy("What is due"), lambda row: row.verdict.message(language)),
        TableColumn("trajectory", gettext_lazy("Trajectory"), lambda row: row.title),
        TableColumn(
            "due_on", Obligation._meta.get_field("due_on").verbose_name, lambda row: row.verdict.obligation.due_on
        ),
        TableColumn("met_on", Obligation._meta.get_field("met_on").verbose_name, lambda row: row.verdict.met_on),
        TableColumn(
            "status", gettext_lazy("Status"), lambda row: status_label(row.status, language) if row.status else ""
        ),
        TableColumn(
            "basic",
            gettext_lazy("Basic condition"),
            lambda row: wording.label("basics", row.verdict.rule.basic, language),
        ),
        TableColumn(
            "strength",
            gettext_lazy("Kind of source"),
            lambda row: wording.label("strengths", row.verdict.rule.strength, language),
        ),
        TableColumn("rule", gettext_lazy("Name of the rule"), lambda row: row.verdict.rule.id),
        TableColumn("subject", gettext_lazy("Reference of the subject"), lambda row: row.verdict.obligation.subject),
        TableColumn("slug", Trajectory._meta.get_field("slug").verbose_name, lambda row: row.verdict.name),
    ]
    return Table("punten", _("The points behind a figure"), columns, rows, language)


# ---------- contributions


class ContributionsForm(PublicField, ScopeForm):
    """What selects contributions behind a number."""

    thema = forms.CharField(label=gettext_lazy("Theme"), required=False, max_length=200)
    afzender = forms.ChoiceField(label=gettext_lazy("From"), required=False, widget=FilterSelect)
    uitkomst = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False, widget=FilterSelect)
    leeftijd = forms.ChoiceField(label=gettext_lazy("How long it is open"), required=False, widget=FilterSelect)
    stadsdeel = forms.ChoiceField(label=gettext_lazy("District"), required=False, widget=FilterSelect)
    field_order: Iterable[str] | None = (
        "gemeente",
        "thema",
        "afzender",
        "uitkomst",
        "leeftijd",
        "stadsdeel",
        "wat",
        "van",
        "op",
        "bekend",
    )

    def __init__(self, today: date, municipalities: Mapping[str, str], districts: list[str], *args: Any) -> None:
        """Offer these municipalities and districts."""
        super().__init__(today, municipalities, *args)
        period_labels = {"van": _("Received from"), "op": _("Status on")}
        for name, label in period_labels.items():
            self.fields[name].label = label
        not_recorded = (NOT_RECORDED, _("not recorded"))
        kinds = (*AUDIENCES, *ORGANISATION_KINDS)
        self.offer("wat", INFLUENCE_SCOPES)
        self.offer("afzender", [("", _("all")), *((kind, LABELS[kind]) for kind in kinds), not_recorded])
        self.offer("uitkomst", [("", _("all")), *((state, STATE_LABELS[state]) for state in STATES)])
        self.offer("leeftijd", [("", _("all")), *((age, AGE_LABELS[age]) for age in (*AGES, *UNCOUNTED_AGES))])
        self.offer("stadsdeel", [("", _("all districts")), *((name, name) for name in districts), not_recorded])


class ContributionLine(NamedTuple):
    """A contribution in the list: the row, with its state, the name of its sender, and its URL."""

    row: Contribution
    state: str
    party: str
    href: str


@require_safe
@never_cache
@login_not_required
def city_contributions(request: HttpRequest) -> HttpResponseBase:
    """Return the contributions behind a number, to trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    language = request_context.language
    with translation.override(language):
        offered = (request_context.today, municipalities_of(visible), districts_of(visible))
        form = ContributionsForm(*offered, request.GET or None)
        period = Period(form.chosen("van"), form.chosen("op") or request_context.today)
        too_many, earlier_texts = False, can_read_earlier_texts(request_context.user)
        try:
            found: Any = _contributions(form, visible, period, earlier_texts)
        except TooManyTrajectories:
            form, too_many = ContributionsForm(*offered, without_known(request)), True
            found = _contributions(form, visible, period, earlier_texts)
        rows: Any = found.select_related("trajectory").order_by("trajectory__title", "received_on__earliest", "pk")
        names = party_names()

        def line(row: Any) -> ContributionLine:
            party = names.get(row.party) or (wording.label("parties", row.party, language) if row.party else "")
            href = trajectory_address(row.trajectory.slug, item_fragment("contribution", row.ref))
            return ContributionLine(row, STATE_LABELS[row.state], party, href)

        def read(part: Iterable[Any]) -> list[ContributionLine]:
            found = list(part)
            if form.known_at and not earlier_texts:
                redact_versions(Contribution, found, ("theme", "summary", "response"))
            return [line(row) for row in found]

        if file is not None and not form.errors and not too_many:
            table = _contributions_table(in_chunks(rows.iterator(500), read), language)
            return download(request, table, request_context.today)
        shown = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM)) if not form.errors else None
        context = {
            "form": form,
            "page_obj": shown,
            "period": period,
            "scope": form.scope,
            "public_only": form.chosen("openbaar"),
            "known_on": form.chosen("bekend"),
            "too_many": too_many,
            "max_trajectories": MAX_REASSESSED_TRAJECTORIES,
            "lines": read(shown) if shown else [],
            "heading": _("The contributions behind a figure"),
        }
    return page(request, "web/city/contributions.html", context)


def _contributions(
    form: ContributionsForm, visible: QuerySet[Trajectory], period: Period, earlier_texts: bool
) -> QuerySet[Any]:
    """Return the contributions that the form selects. Raises TooManyTrajectories."""
    if form.errors:
        return Contribution.objects.none()
    selected, known_at = scoped_trajectories(form, visible), form.known_at
    if known_at:
        check_number(selected)
    found = contributions_in(selected, period, known_at, earlier_texts)
    if theme := form.chosen("thema"):
        found = of_theme(found, "" if theme == NOT_RECORDED else theme)
    if sender := form.chosen("afzender"):
        found = of_sender(found, "" if sender == NOT_RECORDED else sender)
    if district := form.chosen("stadsdeel"):
        found = of_district(found, "" if district == NOT_RECORDED else district)
    if state := form.chosen("uitkomst"):
        found = found.filter(state=state)
    if age := form.chosen("leeftijd"):
        found = with_age(found, period.on, known_at).filter(age=age)
    return found


def _contributions_table(rows: Iterator[ContributionLine], language: str) -> Table:
    def of_row(key: str) -> TableColumn:
        return TableColumn(key, Contribution._meta.get_field(key).verbose_name, lambda line: getattr(line.row, key))  # type: ignore[union-attr]

    columns = [
        TableColumn("trajectory", gettext_lazy("Trajectory"), lambda line: line.row.trajectory.title),
        TableColumn("from", Contribution._meta.get_field("party").verbose_name, lambda line: line.party),
        *map(of_row, ("received_on", "theme", "summary")),
        TableColumn("outcome", gettext_lazy("Outcome"), lambda line: line.state),
        *map(of_row, ("response", "responded_on")),
        TableColumn("slug", Trajectory._meta.get_field("slug").verbose_name, lambda line: line.row.trajectory.slug),
    ]
    return Table("inbreng", _("Contributions"), columns, rows, language)
