"""The form for the participation plan."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from participation.compliance.vocabulary import ACTOR_ROLES, METHODS
from participation.models import Plan
from participation.models.labels import LABELS, labelled_choices
from participation.models.plans import RESOURCE_KEYS, ROLE_KEYS
from participation.models.suggested import CHANNELS, SILENT_INTERESTS, TARGET_GROUPS
from participation.selectors.changes.row_versions import (
    ColumnChangeSince,
    ExpectedVersion,
    actors_of,
    last_actor_change,
)

from .choices import FormChoices, neighbourhoods
from .fields import ChoiceGroup, FieldColumn, GroupedMultipleChoiceField, RowsField, yes_no_field
from .forms import Fieldset, RowForm, keep_order

_TEXTS: Mapping[str, tuple[str, Any]] = {
    "role_council": ("council", _lazy("What the municipal council does")),
    "role_college": ("college", _lazy("What the municipal executive does")),
    "role_organisation": ("organisation", _lazy("What the civil servants do")),
    "resource_lead_time": ("lead_time", _lazy("Time")),
    "resource_budget": ("budget", _lazy("Money")),
    "resource_people": ("people", _lazy("People")),
    "resource_expertise": ("expertise", _lazy("Expertise")),
}
#: Multiple choice fields, each with a text field for values that are not in the list.
_LISTS = {"silent_interests": SILENT_INTERESTS, "channels": CHANNELS}


def _short_text_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"class": "ld-short"}))


def _other_values_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, help_text=_lazy("With commas between them."))


class PlanForm(RowForm):
    """The plan with its actors."""

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
            FieldColumn("organisation", _lazy("Organisation")),
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
    role_council, role_college, role_organisation = (_short_text_field(_TEXTS[f"role_{key}"][1]) for key in ROLE_KEYS)
    resource_lead_time, resource_budget, resource_people, resource_expertise = (
        _short_text_field(_TEXTS[f"resource_{key}"][1]) for key in RESOURCE_KEYS
    )

    layout = [
        Fieldset(_lazy("What can people still influence?"), ("frameworks", "room", "level_motivation")),
        Fieldset(_lazy("Who takes part?"), ("actors", "actors_shared_on", "joint_start", "joint_start_reason")),
        Fieldset(
            _lazy("How do you reach people who do not come by themselves?"),
            ("target_groups", "silent_interests", "silent_interests_more", "channels", "channels_more"),
        ),
        Fieldset(_lazy("What about the areas around it?"), ("neighbouring_areas", "neighbouring_areas_reason")),
        Fieldset(
            _lazy("What do participants get to choose from, and who helps them?"),
            ("scenarios_reason", "support", "support_reason"),
        ),
        Fieldset(_lazy("Who does what?"), ("role_council", "role_college", "role_organisation")),
        Fieldset(
            _lazy("What is there to do it with?"),
            ("resource_lead_time", "resource_budget", "resource_people", "resource_expertise"),
        ),
        Fieldset(_lazy("When was the plan ready?"), ("adopted_on", "published_on", "to_council_on")),
    ]

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

    @classmethod
    def initial_from_row(cls, row: Any, shown: ExpectedVersion | None = None) -> dict[str, Any]:
        """Return the initial values: columns as checkboxes, rows and texts, and the actors."""
        found = super().initial_from_row(row, shown)
        for prefix, key in (("role", "roles"), ("resource", "resources")):
            texts = getattr(row, key)
            found |= {
                name: texts.get(word) or ""
                for name, (word, _field_label) in _TEXTS.items()
                if name.startswith(f"{prefix}_")
            }
        for name in _LISTS:
            found[name], found[f"{name}_more"] = list(getattr(row, name)), ""
        found["target_groups"] = [
            {
                "group": _label_of_code(group.get("group"), TARGET_GROUPS),
                "method": _label_of_code(group.get("method"), METHODS),
            }
            for group in row.target_groups
        ]
        actors = actors_of(row, at=shown.parts if shown else None)
        found["actors"] = [{"organisation": slug, "part": part, "suggested_by": by} for slug, part, by in actors]
        return found

    def configure_fields(self) -> None:
        """Offer interests, channels, areas and organisations."""
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

    def highlight(self, names: Iterable[str]) -> None:
        """Highlight these fields; of JSON columns with several texts, the empty ones."""
        highlighted: list[str] = []
        for name in names:
            prefix = {"roles": "role_", "resources": "resource_"}.get(name)
            own = [field for field in _TEXTS if prefix and field.startswith(prefix)]
            highlighted += [field for field in own if not self.initial.get(field)] or own or [name]
        super().highlight(highlighted)

    def _choice_field(self, name: str) -> GroupedMultipleChoiceField:
        return cast(GroupedMultipleChoiceField, self.fields[name])

    def clean(self) -> dict[str, Any]:
        """Convert checkboxes, rows and texts to the JSON columns of the plan."""
        cleaned = super().clean()
        for name, words in _LISTS.items():
            typed = [
                _code_of_label(part, words) for part in (cleaned.get(f"{name}_more") or "").split(",") if part.strip()
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

    def _post_clean(self) -> None:
        # Django copies cleaned data to the row; these columns are stored in another form than that of the fields.
        typed = dict(self.cleaned_data)
        if "frameworks" in typed:
            self.cleaned_data["frameworks"] = _as_stored(typed["frameworks"], self.row.frameworks)
        if "target_groups" in typed:
            groups = [
                {"group": _code_of_label(row["group"], TARGET_GROUPS), "method": _code_of_label(row["method"], METHODS)}
                for row in typed["target_groups"]
            ]
            self.cleaned_data["target_groups"] = _as_stored(groups, self.row.target_groups)
        super()._post_clean()  # type: ignore[misc]
        for column, prefix in (("roles", "role_"), ("resources", "resource_")):
            texts = {word: typed.get(name, "") for name, (word, _l) in _TEXTS.items() if name.startswith(prefix)}
            stored = getattr(self.row, column)
            if any((stored.get(word) or "") != text for word, text in texts.items()):
                setattr(self.instance, column, {word: text for word, text in texts.items() if text})
        self.cleaned_data.update({name: typed[name] for name in ("frameworks", "target_groups") if name in typed})

    def submitted_actors(self) -> list[tuple[str, str, str]]:
        """Return the submitted actors: organisation, part, and suggested by."""
        return [(row["organisation"], row["part"], row["suggested_by"]) for row in self.cleaned_data["actors"]]

    def other_changes(self, base: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[ColumnChangeSince]:
        """Return the change of the actors since the form was shown, with who made it."""
        if base["actors"] == theirs["actors"]:
            return []
        return [ColumnChangeSince("actors", base["actors"], theirs["actors"], *last_actor_change(self.row))]


def _label_of_code(code: str | None, words: tuple[str, ...]) -> str:
    """Return the label of a code; any other text is returned unchanged."""
    return str(LABELS[code]) if code in words else code or ""


def _code_of_label(text: str, words: tuple[str, ...]) -> str:
    """Return the code with this label; any other text is returned unchanged."""
    typed = text.strip()
    return next((word for word in words if str(LABELS[word]).casefold() == typed.casefold()), typed)


def _as_stored(rows: list[dict[str, str]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without empty values; the stored rows if they are equal."""
    kept = [{key: text for key, text in row.items() if text} for row in rows]
    same = [{key: text for key, text in row.items() if text} for row in stored]
    return stored if kept == same else kept
