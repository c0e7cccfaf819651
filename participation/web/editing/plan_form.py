"""The form for the participation plan."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext, pgettext_lazy

from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import ACTOR_ROLES, METHODS
from participation.models import Plan
from participation.models.labels import LABELS, labelled_choices
from participation.models.suggested import CHANNELS, SILENT_INTERESTS, TARGET_GROUPS
from participation.selectors.changes.row_versions import (
    ColumnChangeSince,
    ExpectedVersion,
    actors_of,
    last_actor_change,
)
from participation.services.changes.changesets import ChangesetWriter

from .choices import FormChoices, code_of_label, label_of_code, neighbourhoods
from .fields import ChoiceGroup, FieldColumn, GroupedMultipleChoiceField, RowsField, yes_no_field
from .forms import Fieldset, PartyForm, is_filled_field, keep_order
from .new_party import NEW_PARTY_FIELDS
from .rulebook_items import ITEM_PREFIX, item_fields

#: The field for the part of a new organisation.
_NEW_PART = "new_party_part"
#: Multiple choice fields, each with a text field for values that are not in the list.
_LISTS = {"silent_interests": SILENT_INTERESTS, "channels": CHANNELS}


def _short_text_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"class": "ld-short"}))


def _other_values_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, help_text=_lazy("With commas between them."))


class PlanPart(NamedTuple):
    """A part of the plan: its key in URLs, its title, and its questions.

    A question is the fields of which one is enough: what there is, or why there is none.
    """

    key: str
    title: Any
    questions: Sequence[Sequence[str]]

    @property
    def names(self) -> list[str]:
        """Return the names of its fields, in display order."""
        return [name for question in self.questions for name in question]

    def edits(self, column: str) -> bool:
        """Return whether this column of the plan, or one of its texts, is edited in this part."""
        prefix = PlanForm.text_columns.get(column)
        return any(name.startswith(prefix) for name in self.names) if prefix else column in self.names


#: The key of the part with what the rulebook asks; its questions follow from the rulebook.
RULEBOOK_PART = "regels"
_PARTS = (
    PlanPart("ruimte", _lazy("What can people still influence?"), (("frameworks",), ("room",), ("level_motivation",))),
    PlanPart(
        "partijen",
        _lazy("Who takes part?"),
        (("actors",), ("actors_shared_on",), ("joint_start", "joint_start_reason")),
    ),
    PlanPart(
        "bereik",
        _lazy("How do you reach people who do not come by themselves?"),
        (("target_groups",), ("silent_interests", "silent_interests_more"), ("channels", "channels_more")),
    ),
    PlanPart(
        "omgeving",
        _lazy("What about the areas around it?"),
        (("neighbouring_areas", "neighbouring_areas_reason"),),
    ),
    PlanPart(
        "keuze",
        _lazy("What do participants get to choose from, and who helps them?"),
        (("scenarios_reason",), ("support", "support_reason")),
    ),
    PlanPart("rollen", _lazy("Who does what?"), (("role_council",), ("role_college",), ("role_organisation",))),
    PlanPart(
        "middelen",
        _lazy("What is there to do it with?"),
        (("resource_lead_time",), ("resource_budget",), ("resource_people",), ("resource_expertise",)),
    ),
    PlanPart(RULEBOOK_PART, _lazy("What the rules of the municipality ask of a plan"), ()),
    PlanPart("klaar", _lazy("When was the plan ready?"), (("adopted_on",), ("published_on",), ("to_council_on",))),
)


def plan_parts(rulebook: Rulebook) -> list[PlanPart]:
    """Return the parts of a plan under this rulebook; without what it asks where that is nothing."""
    asked = [(f"{ITEM_PREFIX}{item_id}",) for item_id in rulebook.plan_items]
    parts = [part._replace(questions=asked) if part.key == RULEBOOK_PART else part for part in _PARTS]
    return [part for part in parts if part.questions]


class PlanForm(PartyForm):
    """The plan with its actors, or some parts of it."""

    frameworks = RowsField(
        (FieldColumn("what", _lazy("What is fixed")), FieldColumn("why", _lazy("Why"))),
        label=_lazy("What is fixed, and why"),
        row_label=_lazy("framework"),
        needs=("what",),
    )
    target_groups = RowsField(
        (
            FieldColumn("group", _lazy("Group"), (), [LABELS[word] for word in TARGET_GROUPS]),
            FieldColumn("method", _lazy("How you reach them"), (), [LABELS[word] for word in METHODS]),
        ),
        label=_lazy("Groups that are hard to reach"),
        row_label=_lazy("group"),
        needs=("group",),
    )
    actors = RowsField(
        (
            FieldColumn("organisation", _lazy("Organisation"), many=True),
            FieldColumn(
                "part",
                pgettext_lazy("in the plan", "Part"),
                [("", _lazy("not chosen yet")), *labelled_choices(ACTOR_ROLES)],
            ),
            FieldColumn("suggested_by", _lazy("Put forward by")),
        ),
        label=_lazy("Who takes part"),
        row_label=_lazy("party"),
        needs=("organisation",),
    )
    silent_interests = GroupedMultipleChoiceField(label=_lazy("Interests without a voice"), required=False)
    silent_interests_more = _other_values_field(_lazy("Other interests"))
    channels = GroupedMultipleChoiceField(label=_lazy("How people hear of it"), required=False)
    channels_more = _other_values_field(_lazy("Other channels"))
    neighbouring_areas = GroupedMultipleChoiceField(
        label=_lazy("Which areas around it are informed too?"), required=False
    )
    joint_start = yes_no_field(_lazy("Do all parties start at the same moment?"))
    role_council = _short_text_field(_lazy("What the municipal council does"))
    role_college = _short_text_field(_lazy("What the municipal executive does"))
    role_organisation = _short_text_field(_lazy("What the civil servants do"))
    resource_lead_time = _short_text_field(_lazy("Time"))
    resource_budget = _short_text_field(_lazy("Money"))
    resource_people = _short_text_field(_lazy("People"))
    resource_expertise = _short_text_field(_lazy("Expertise"))

    party_field = "actors"
    text_columns = {"roles": "role_", "resources": "resource_", "items": ITEM_PREFIX}

    class Meta:
        model = Plan
        fields = (
            *("adopted_on", "published_on", "to_council_on", "actors_shared_on", "room", "level_motivation"),
            *("neighbouring_areas_reason", "joint_start", "joint_start_reason", "support", "support_reason"),
            *("scenarios_reason", "frameworks", "target_groups", "silent_interests", "channels"),
            "neighbouring_areas",
        )
        labels = {
            "room": _lazy("What is open: where people can still make a difference"),
            "level_motivation": _lazy("Why this level of participation"),
            "actors_shared_on": _lazy("List of parties shown to the associations on"),
            "joint_start_reason": _lazy("If not: why not"),
            "neighbouring_areas_reason": _lazy("If none: why not"),
            "scenarios_reason": _lazy("No scenarios to choose from? Write down why"),
            "support": _lazy("Which independent help do participants get?"),
            "support_reason": _lazy("If none: why not"),
            "adopted_on": _lazy("Adopted on"),
            "published_on": _lazy("Public since"),
            "to_council_on": _lazy("Sent to the council on"),
        }

    def __init__(self, *args: Any, parts: Collection[str] = (), **kwargs: Any) -> None:
        """Show the parts with these keys; all where there are none."""
        self.parts = parts
        super().__init__(*args, **kwargs)

    @classmethod
    def initial_from_row(cls, row: Any, shown: ExpectedVersion | None = None) -> dict[str, Any]:
        """Return the initial values: columns as checkboxes, rows and texts, and the actors."""
        found = super().initial_from_row(row, shown)
        for name in _LISTS:
            found[name], found[f"{name}_more"] = list(getattr(row, name)), ""
        actors = actors_of(row, at=shown.parts if shown else None)
        found["actors"] = [{"organisation": slug, "part": part, "suggested_by": by} for slug, part, by in actors]
        return found

    @classmethod
    def row_to_show(cls, column: str, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return a group and its method in words."""
        if column != "target_groups":
            return dict(stored)
        group, method = stored.get("group"), stored.get("method")
        return {"group": label_of_code(group, TARGET_GROUPS), "method": label_of_code(method, METHODS)}

    def row_to_store(self, column: str, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return a group and its method as codes, where they have one."""
        if column != "target_groups":
            return dict(typed)
        group, method = typed["group"], typed["method"]
        return {"group": code_of_label(group, TARGET_GROUPS), "method": code_of_label(method, METHODS)}

    def configure_fields(self) -> None:
        """Offer interests, channels, areas and organisations, and ask what the rulebook asks."""
        self.fields.update(item_fields(self.rulebook.plan_items, self.request_context.language))
        parts = [part for part in plan_parts(self.rulebook) if not self.parts or part.key in self.parts]
        # The heading of the page names the only part.
        self.layout = [Fieldset(part.title if len(parts) > 1 else "", part.names) for part in parts]
        for name, words in _LISTS.items():
            self._choice_field(name).set_choices(
                [ChoiceGroup("", [(word, capfirst(str(LABELS[word]))) for word in words])], getattr(self.row, name)
            )
        near = {
            key for key in self.trajectory.neighbourhoods.values_list("neighbours", flat=True) if key is not None
        } - set(self.trajectory.neighbourhoods.values_list("pk", flat=True))
        groups = neighbourhoods(self.trajectory, sorted(near), value_column="slug")
        self._choice_field("neighbouring_areas").set_choices(groups, self.row.neighbouring_areas)
        groups = FormChoices(self.trajectory).parties()
        organisations = [choice for group in groups[::2] for choice in group.choices]
        # Actors of the plan and broad groups only: all organisations in a select on every row would make the page
        # heavy.
        suggester_choices = [("", _("nobody in particular")), *groups[1].choices, *groups[0].choices]
        actors: Any = self.fields["actors"]
        actors.set_choices(organisation=[("", _("choose")), *organisations], suggested_by=suggester_choices)
        actors.stored_values = frozenset(row["suggested_by"] for row in self.initial.get("actors", ()))
        self.offer_new_party(self.trajectory)
        part_choices = [("", _("not chosen yet")), *labelled_choices(ACTOR_ROLES)]
        self.fields[_NEW_PART] = forms.ChoiceField(
            label=pgettext("in the plan", "Part"), choices=part_choices, required=False
        )
        shown_fields = {"shown", *(name for part in parts for name in part.names)}
        if "actors" in shown_fields:
            shown_fields |= set(self.new_party_names)
        for name in self.fields.keys() - shown_fields:
            del self.fields[name]

    @property
    def new_party_names(self) -> Sequence[str]:
        """Return the names of the fields for a new organisation, with its part in the plan."""
        return (*NEW_PARTY_FIELDS, _NEW_PART)

    def filled_questions(self, part: PlanPart) -> int:
        """Return how many questions of this part have an answer."""
        return sum(any(is_filled_field(self[name]) for name in question) for question in part.questions)

    def _choice_field(self, name: str) -> GroupedMultipleChoiceField:
        return cast(GroupedMultipleChoiceField, self.fields[name])

    def clean(self) -> dict[str, Any]:
        """Convert checkboxes, rows and texts to the JSON columns of the plan."""
        cleaned = super().clean()
        for name, words in _LISTS.items():
            if name not in self.fields:
                continue
            typed = [
                code_of_label(part, words) for part in (cleaned.get(f"{name}_more") or "").split(",") if part.strip()
            ]
            chosen = dict.fromkeys([*cleaned.get(name, ()), *typed])
            cleaned[name], cleaned[f"{name}_more"] = keep_order(chosen, getattr(self.row, name)), ""
        if "neighbouring_areas" in cleaned:
            cleaned["neighbouring_areas"] = keep_order(cleaned["neighbouring_areas"], self.row.neighbouring_areas)
        seen = set()
        for actor in cleaned.get("actors", ()):
            if (key := (actor["organisation"], actor["part"])) in seen:
                self.add_error("actors", _("The same party is in this list twice with the same role."))
                break
            seen.add(key)
        return cleaned

    def take_party(self, cleaned: dict[str, Any], same: str) -> None:
        """Add an actor for the organisation with this slug."""
        if same:
            actor = {"organisation": same, "part": cleaned.get(_NEW_PART) or "", "suggested_by": ""}
            cleaned["actors"] = [*cleaned.get("actors", ()), actor]

    def save_new_actor(self, actors: list[tuple[str, str, str]], recorder: ChangesetWriter) -> None:
        """Save the new organisation in this changeset, and add it to these actors."""
        if slug := self.add_new_party(recorder, self.trajectory):
            actors.append((slug, self.cleaned_data.get(_NEW_PART) or "", ""))

    def submitted_actors(self) -> list[tuple[str, str, str]]:
        """Return the submitted actors: organisation, part, and suggested by; the stored ones where none are asked."""
        if "actors" not in self.fields:
            return list(actors_of(self.row))
        return [(row["organisation"], row["part"], row["suggested_by"]) for row in self.cleaned_data["actors"]]

    def other_changes(self, base: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[ColumnChangeSince]:
        """Return the change of the actors since the form was shown, with who made it."""
        if base["actors"] == theirs["actors"]:
            return []
        return [ColumnChangeSince("actors", base["actors"], theirs["actors"], *last_actor_change(self.row))]
