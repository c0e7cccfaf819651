"""Choices for the recording forms: refs and slugs with their titles and names, the most likely first."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.models import (
    Contribution,
    Document,
    Motion,
    Neighbourhood,
    Organisation,
    Plan,
    Step,
    Trajectory,
    User,
)
from participation.models.labels import LABELS, labelled_choices
from participation.selectors.neighbourhood_shapes import neighbourhoods_at, placed, shaped_neighbourhoods
from participation.web.shared.formatting import date_text

from .fields import ChoiceGroup

#: Organisation kinds offered as body of a step: those that meet or decide.
BODIES = (
    *("council", "committee", "executive", "municipality", "registry", "audit_office"),
    *("steering_group", "sounding_board"),
)
_MAX_EXCERPT_LENGTH, _MAX_PORTFOLIOS = 80, 100


def step_title(step: Step) -> str:
    """Return the title of a step, else its kind."""
    return step.title or capfirst(step.get_kind_display()) or step.ref


def document_title(document: Document) -> str:
    """Return the title of a document, else its kind; with its version."""
    named = document.title or capfirst(document.get_kind_display()) or document.ref
    if not document.version:
        return named
    return _("%(title)s, version %(version)s") % {"title": named, "version": document.version}


def _with_date(title: str, when: ImpreciseDate | None) -> str:
    return f"{title} ({date_text(when)})" if when else title


def label_of_code(code: str | None, words: Sequence[str]) -> str:
    """Return the label of a code; any other text is returned unchanged."""
    return str(LABELS[code]) if code and code in words else code or ""


def code_of_label(text: str, words: Sequence[str]) -> str:
    """Return the code with this label; any other text is returned unchanged."""
    typed = text.strip()
    return next((word for word in words if str(LABELS[word]).casefold() == typed.casefold()), typed)


class FormChoices:
    """The choices within one trajectory; each table is queried once, on first use."""

    def __init__(self, trajectory: Trajectory) -> None:
        """Store the trajectory; nothing is queried yet."""
        self.trajectory = trajectory
        self._rows_by_name: dict[str, Any] = {}

    def _cached_rows(self, name: str, rows: Any) -> Any:
        if name not in self._rows_by_name:
            self._rows_by_name[name] = list(rows)
        return self._rows_by_name[name]

    @property
    def steps(self) -> list[Step]:
        """Return the steps of the trajectory in chronological order."""
        rows = self._cached_rows("steps", Step.objects.filter(trajectory=self.trajectory.pk).order_by("pk"))
        return sorted(rows, key=lambda step: (step.done or step.planned or ImpreciseDate.unknown()).sort_key)

    @property
    def documents(self) -> list[Document]:
        """Return the documents of the trajectory in chronological order."""
        rows = self._cached_rows("documents", Document.objects.filter(trajectory=self.trajectory.pk).order_by("pk"))
        return sorted(rows, key=lambda document: (document.dated_on or ImpreciseDate.unknown()).sort_key)

    @property
    def plan(self) -> Plan | None:
        """Return the plan of the trajectory."""
        return next(iter(self._cached_rows("plan", Plan.objects.filter(trajectory=self.trajectory.pk)[:1])), None)

    def neighbourhoods(self) -> dict[str, list[tuple[str, str]]]:
        """Return (slug, name) of the neighbourhoods by name: "own" of the trajectory, "adjacent" to those, "other"."""
        links = Trajectory.neighbourhoods.through.objects.filter(trajectory=self.trajectory.pk).values("neighbourhood")
        own, adjacent = Q(pk__in=links), Q(pk__in=Neighbourhood.objects.filter(neighbours__in=links).values("pk"))
        where = Q(municipality__in=("", self.trajectory.municipality)) if self.trajectory.municipality else Q()
        nearness = Case(When(own, then=Value("own")), When(adjacent, then=Value("adjacent")), default=Value("other"))
        rows = Neighbourhood.objects.filter(where | own | adjacent).order_by("name", "slug")
        found: dict[str, list[tuple[str, str]]] = {"own": [], "adjacent": [], "other": []}
        for slug, name, group in self._cached_rows("neighbourhoods", rows.values_list("slug", "name", nearness)):
            found[group].append((slug, name))
        return found

    @property
    def actors(self) -> list[tuple[str, str, str, str]]:
        """Return (slug, name, kind, part) of the actors of the plan, participants first."""
        rows = Organisation.objects.filter(plan_parts__plan__trajectory=self.trajectory.pk)
        found = self._cached_rows(
            "acting", rows.values_list("slug", "name", "kind", "plan_parts__part").order_by("name")
        )
        return sorted(found, key=lambda actor: actor[3] != "participant")

    @property
    def other_organisations(self) -> list[tuple[str, str, str]]:
        """Return (slug, name, kind) of the other organisations of this municipality, by name."""
        where = Q(municipality__in=("", self.trajectory.municipality)) if self.trajectory.municipality else Q()
        rows = self._cached_rows("others", Organisation.objects.filter(where).values_list("slug", "name", "kind"))
        actors = {actor[0] for actor in self.actors}
        return [row for row in rows if row[0] not in actors]

    def step_choices(self, kinds: Iterable[str] = (), exclude_ref: str = "") -> list[tuple[str, str]]:
        """Return (ref, title with date) of the steps of these kinds, or of all steps; the newest first."""
        kinds = tuple(kinds)
        return [
            (step.ref, _with_date(step_title(step), step.done or step.planned))
            for step in reversed(self.steps)
            if step.ref != exclude_ref and (not kinds or step.kind in kinds)
        ]

    def document_choices(self, exclude_ref: str = "") -> list[tuple[str, str]]:
        """Return (ref, title with date) of the documents; the newest first."""
        return [
            (document.ref, _with_date(document_title(document), document.dated_on))
            for document in reversed(self.documents)
            if document.ref != exclude_ref
        ]

    def contribution_choices(self) -> list[tuple[str, str]]:
        """Return (ref, shortened text with date) of the contributions; the newest first."""
        rows = Contribution.objects.filter(trajectory=self.trajectory.pk).order_by("-received_on__latest", "-pk")
        found = self._cached_rows("contributions", rows.values_list("ref", "theme", "summary", "received_on"))
        return [(ref, _with_date(_excerpt(summary or theme or ref), day)) for ref, theme, summary, day in found]

    def parties(self) -> list[ChoiceGroup]:
        """Return the parties: actors of the plan, then broad audiences, then other organisations."""
        actors = {slug: name for slug, name, _kind, _part in self.actors}
        return [
            ChoiceGroup(_("In the plan"), list(actors.items())),
            ChoiceGroup(_("Broad groups"), [(code, capfirst(label)) for code, label in labelled_choices(AUDIENCES)]),
            ChoiceGroup(
                _("Other organisations"), [(slug, name) for slug, name, _kind in self.other_organisations], True
            ),
        ]

    def bodies(self) -> list[ChoiceGroup]:
        """Return the bodies that meet or decide: organisations by name, then kinds, then other organisations."""
        known = [(slug, name, kind) for slug, name, kind, *_part in (*self.actors, *self.other_organisations)]
        named = {slug: name for slug, name, kind in known if kind in BODIES}
        rest = {slug: name for slug, name, kind in known if kind not in BODIES}
        words = sorted(ORGANISATION_KINDS, key=lambda kind: kind not in BODIES)
        return [
            ChoiceGroup(_("By name"), list(named.items())),
            ChoiceGroup(_("In general"), [(kind, capfirst(str(LABELS[kind]))) for kind in words]),
            ChoiceGroup(_("Other organisations"), list(rest.items())),
        ]

    def titles_by_ref(self) -> dict[str, str]:
        """Return the title of each step, document and contribution, by ref."""
        return dict([*self.step_choices(), *self.document_choices(), *self.contribution_choices()])

    def participants(self) -> list[str]:
        """Return the slugs of the participants in the plan."""
        return [slug for slug, _name, _kind, part in self.actors if part == "participant"]


def neighbourhoods(
    trajectory: Trajectory, first: Sequence[int] = (), *, value_column: str = "pk", first_label: str = ""
) -> list[ChoiceGroup]:
    """Return the neighbourhoods of this municipality by district, preceded by those whose key is in ``first``.

    The label of those is by default that they lie next to the neighbourhoods of the trajectory.
    """
    where = Q(municipality__in=("", trajectory.municipality)) if trajectory.municipality else Q()
    rows = list(Neighbourhood.objects.filter(where).values_list("pk", value_column, "name", "district"))
    near = [(str(value), name) for pk, value, name, _district in rows if pk in first]
    groups: dict[str, list[tuple[str, str]]] = {}
    for pk, value, name, district in rows:
        if pk not in first:
            groups.setdefault(district, []).append((str(value), name))
    rest = [ChoiceGroup(name or _("Other neighbourhoods"), groups[name], bool(first)) for name in sorted(groups)]
    return [ChoiceGroup(first_label or _("Next to this neighbourhood"), near), *rest] if first else rest


def neighbourhoods_of_place(trajectory: Trajectory) -> dict[int, str]:
    """Return the names of the neighbourhoods in which the place of the trajectory lies, by key; at most one query."""
    if trajectory.geometry is None:
        return {}
    shapes = shaped_neighbourhoods(trajectory.municipality or None)
    return {shape.pk: shape.name for shape in neighbourhoods_at(placed(trajectory.geometry), shapes)}


def motions() -> list[ChoiceGroup]:
    """Return the motions; the newest first."""
    rows = Motion.objects.order_by("-adopted_on__latest", "number").values_list("pk", "number", "title", "adopted_on")
    return [
        ChoiceGroup("", [(str(pk), _with_date(f"{number} {title}".strip(), day)) for pk, number, title, day in rows])
    ]


def portfolios(visible: QuerySet[Trajectory]) -> list[str]:
    """Return the portfolios of aldermen that these trajectories have, by name; at most ``_MAX_PORTFOLIOS``."""
    rows = visible.exclude(portfolio="").order_by("portfolio").values_list("portfolio", flat=True)
    return list(rows.distinct()[:_MAX_PORTFOLIOS])


def advisers() -> list[tuple[str, str]]:
    """Return the advisers to whom a trajectory can be assigned, by name."""
    rows = User.objects.filter(role="adviser", is_active=True)
    return sorted(((str(user.pk), user.display_name) for user in rows), key=lambda row: row[1].lower())


def _excerpt(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _MAX_EXCERPT_LENGTH else f"{one_line[:_MAX_EXCERPT_LENGTH].rsplit(' ', 1)[0]} …"
