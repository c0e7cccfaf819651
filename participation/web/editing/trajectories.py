"""The form for the general data of a trajectory, and the view to change it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from participation.compliance.wording import format_list, text_in_language
from participation.models import Changeset, Plan, Trajectory
from participation.selectors.changes.row_versions import LINK_FIELDS, ExpectedVersion
from participation.services.changes.changesets import WriteContext, save_trajectory
from participation.web.shared.actions import Action
from participation.web.shared.addresses import address
from participation.web.shared.return_urls import HIGHLIGHT_PARAM

from .after_saving import Consequence
from .choices import FormChoices, advisers, motions, neighbourhoods, neighbourhoods_of_place, portfolios
from .fields import (
    ChoiceGroup,
    GeometryFormField,
    GroupedChoiceField,
    GroupedMultipleChoiceField,
    SuggestingInput,
    external_field,
    yes_no_field,
)
from .forms import Fieldset, RowForm
from .views import ItemFormView

_LINKED_COLUMNS = LINK_FIELDS[Trajectory]
#: Kinds that often need an instrument of environmental law; and kinds that never do.
_KINDS_WITH_INSTRUMENT = ("area_development", "housing", "energy", "mobility", "public_space", "permit", "policy")
_KINDS_WITHOUT_INSTRUMENT = ("conversation_series", "research")
_INSTRUMENT_EXPLANATIONS = {
    "environment_plan": _lazy("the rules for what is allowed where"),
    "environment_vision": _lazy("where the municipality wants to go in the long term"),
    "programme": _lazy("how the municipality wants to reach its goals"),
    "project_decision": _lazy("permission for one large project"),
    "permit": _lazy("permission to build, demolish or change something"),
    "zoning_plan": _lazy("until 2024: the rules for what is allowed where"),
}
INSTRUMENT_FIELDS = ("instrument", "participation_required")
_NO_PARTICIPATION = (
    *("no_participation_ground", "no_participation_reason", "no_participation_decided_on"),
    "no_participation_by",
)


class TrajectoryForm(RowForm):
    """The general data of a trajectory: description, location, contact and advisers."""

    neighbourhoods = GroupedMultipleChoiceField(label=_lazy("Neighbourhoods"), required=False)
    motions = GroupedMultipleChoiceField(label=_lazy("Motions that ask for it"), required=False)
    advisers = GroupedMultipleChoiceField(label=_lazy("Advisers"), required=False)
    commissioner = GroupedChoiceField(label=_lazy("Who commissioned the study"), required=False)
    subject_of_study = GroupedChoiceField(label=_lazy("Whom the study is about"), required=False)
    participation_required = yes_no_field(
        _lazy("Must the applicant involve people?"),
        help_text=_lazy("Only for a permit: the council says for which cases this is so."),
    )
    no_participation_ground = GroupedChoiceField(label=_lazy("On which ground"), required=False)
    external = external_field()
    geometry = GeometryFormField(
        label=_lazy("Place on the map"),
        required=False,
        help_text=_lazy(
            "The latitude and longitude of a point, like 52.1583, 4.4925. Or paste an area as GeoJSON. "
            "Coordinates of the national grid (RD) may be used too."
        ),
    )

    class Meta:
        model = Trajectory
        fields = (
            *("title", "summary", "kind", "level", "impact", "initiator", "status", "started_on", "closed_on"),
            "portfolio",
            *INSTRUMENT_FIELDS,
            *("contact_role", "contact_name", "contact_email", "contact_phone", "commissioner"),
            *("subject_of_study", *_NO_PARTICIPATION, "case_number", "external"),
            *("source_cite", "source_stance", "retrospective", "geometry"),
        )
        labels = {
            "title": _lazy("What is it called?"),
            "summary": _lazy("What is it about?"),
            "level": _lazy("How far can people take part?"),
            "impact": _lazy("How much will people notice of it?"),
            "initiator": _lazy("Who started it?"),
            "portfolio": _lazy("To which alderman's portfolio does it belong?"),
            "instrument": _lazy("Which decision of the Environment and Planning Act is it about?"),
            "contact_role": _lazy("Role of the contact"),
            "contact_name": _lazy("Name of the contact"),
            "contact_email": _lazy("E-mail address"),
            "contact_phone": _lazy("Telephone number"),
            "no_participation_reason": _lazy("Why there is no participation"),
            "no_participation_decided_on": _lazy("Decided on"),
            "no_participation_by": _lazy("Who decided"),
            "case_number": _lazy("Case number"),
        }
        widgets = {"portfolio": SuggestingInput}
        help_texts = {
            "summary": _lazy("In a few simple sentences."),
            "portfolio": _lazy("For example “Housing”. No names of persons. The council can choose by it."),
            "instrument": _lazy("The law asks other steps of each. None of these? Leave it empty."),
            "contact_name": _lazy("Only with the consent of that person: everyone can read it."),
            "contact_email": _lazy("Of the function or the team, not of a person: everyone can read it."),
            "contact_phone": _lazy("Of the function or the team, not of a person: everyone can read it."),
            "no_participation_by": _lazy("For example the municipal executive. No names of persons."),
            "case_number": _lazy("Of the municipality itself, as it is printed on letters."),
        }

    @classmethod
    def initial_from_row(cls, row: Any, expected_version: ExpectedVersion | None = None) -> dict[str, Any]:
        """Return the initial values: columns, and the keys of related rows."""
        found = super().initial_from_row(row, expected_version)
        if row.pk:
            links: Iterable[Iterable[int]] = (
                expected_version.links
                if expected_version
                else [getattr(row, column).values_list("pk", flat=True) for column in _LINKED_COLUMNS]
            )
            found |= {column: sorted(map(str, pks)) for column, pks in zip(_LINKED_COLUMNS, links, strict=False)}
        return found

    def configure_fields(self) -> None:
        """Require a title only. Offer advisers only to users who edit everything."""
        self.fields["title"].required = True
        row, linked = self.row, self.initial
        self._configure_instrument()
        self.layout = list(self._layout())
        portfolio: Any = self.fields["portfolio"]
        portfolio.widget.suggestions = portfolios(Trajectory.objects.visible_to(self.request_context.user))
        chosen = linked.get("neighbourhoods", ())
        near = [] if row.geometry is None else [pk for pk in neighbourhoods_of_place(row) if str(pk) not in chosen]
        groups = neighbourhoods(row, near, first_label=_("Here lies the place on the map"))
        self._set_choices("neighbourhoods", groups, chosen)
        self._set_choices("motions", motions(), linked.get("motions", ()))
        if self.request_context.user.edits_everything:
            self._set_choices("advisers", [ChoiceGroup("", advisers())], linked.get("advisers", ()))
        else:
            del self.fields["advisers"]
        parties = FormChoices(row).parties()
        for name in ("commissioner", "subject_of_study"):
            field: Any = self.fields[name]
            field.set_choices(parties[::2], getattr(row, name))

    def _configure_instrument(self) -> None:
        """Ask for the instrument where the kind may have one, and for no participation where it has grounds."""
        fields: Any = self.fields
        if self.row.kind in _KINDS_WITHOUT_INSTRUMENT and not self.row.instrument:
            for name in INSTRUMENT_FIELDS:
                del fields[name]
        else:
            choices = fields["instrument"].choices
            explained = [(word, f"{label}: {_INSTRUMENT_EXPLANATIONS[word]}") for word, label in choices if word]
            fields["instrument"].widget.attrs["class"] = "ld-wide"
            fields["instrument"].choices = [("", _("none of these, or not known")), *explained]
        if not self.rulebook.exceptions and not self.row.no_participation_ground:
            for name in _NO_PARTICIPATION:
                del fields[name]
            return
        language = self.request_context.language
        known = self.rulebook.exceptions.items()
        grounds = [(ground_id, text_in_language(ground.name, language)) for ground_id, ground in known]
        fields["no_participation_ground"].set_choices(
            [ChoiceGroup("", grounds)], self.row.no_participation_ground, _("there is participation")
        )

    def _layout(self) -> Iterator[Fieldset]:
        yield Fieldset(
            _lazy("What and where"), ("title", "summary", "neighbourhoods", "status", "started_on", "closed_on")
        )
        yield Fieldset(_lazy("Place on the map"), ("geometry",), folded=True)
        yield Fieldset(_lazy("What kind of decision"), ("kind", "level", "impact", "initiator", "portfolio"))
        is_likely = self.row.kind in _KINDS_WITH_INSTRUMENT or bool(self.row.instrument)
        yield Fieldset(_lazy("Environment and Planning Act"), INSTRUMENT_FIELDS, folded=not is_likely)
        yield Fieldset(
            _lazy("Whom people can call"), ("contact_role", "contact_phone", "contact_email", "contact_name")
        )
        yield Fieldset(_lazy("Who works on it"), ("advisers",))
        yield Fieldset(_lazy("No participation"), _NO_PARTICIPATION, folded=True, intro=self._what_falls_away())
        yield Fieldset(_lazy("Case number and other systems"), ("case_number", "external"), folded=True)
        yield Fieldset(_lazy("Motions"), ("motions",), folded=True)
        yield Fieldset(_lazy("Only for a study"), ("commissioner", "subject_of_study"), folded=True)
        yield Fieldset(
            _lazy("Where this information comes from"), ("source_cite", "source_stance", "retrospective"), folded=True
        )

    def _what_falls_away(self) -> str:
        """Return what a decision to hold no participation means, with the rules that then do not apply."""
        language = self.request_context.language
        rules = [
            text_in_language(rule.title, language)
            for rule in self.rulebook.rules
            if not rule.scope.without_participation
        ]
        intro = _(
            "Only when you decided, with a reason, to hold no participation here. Everyone can read the ground and the "
            "reason at the top of the page."
        )
        if not rules:
            return intro
        return f"{intro} " + _("From then on these rules do not apply here: %(rules)s.") % {"rules": "; ".join(rules)}

    def _set_choices(self, name: str, groups: list[ChoiceGroup], chosen: Any) -> None:
        field: Any = self.fields[name]
        field.set_choices(groups, chosen)

    def links(self) -> Mapping[str, list[int]]:
        """Return the keys of the related rows, by column."""
        return {
            column: [int(key) for key in self.cleaned_data[column]]
            for column in _LINKED_COLUMNS
            if column in self.cleaned_data
        }


class TrajectoryFormView(ItemFormView[TrajectoryForm]):
    """A form of a trajectory itself."""

    form_class = TrajectoryForm

    def get_object(self) -> Any:
        """Return the trajectory as a separate instance: ``self.trajectory`` keeps the stored values for the page."""
        return Trajectory.objects.get(pk=self.trajectory.pk) if self.trajectory.pk else Trajectory()


def save_change(form: TrajectoryForm, write_context: WriteContext) -> Changeset | None:
    """Save a change of a trajectory; return the changeset. Raises StaleVersion where somebody else changed it."""
    return save_trajectory(
        form.instance, write_context, verb="changed", links=form.links(), expected_version=form.expected_version
    )


class TrajectoryChange(TrajectoryFormView):
    """Change the general data of a trajectory."""

    def title(self) -> str:
        """Return the heading."""
        return _("Change: %(title)s") % {"title": self.row.title}

    def save(self, form: TrajectoryForm) -> Changeset | None:
        """Save the change."""
        return save_change(form, self.write_context)

    def success_response(self, changeset: Changeset | None) -> HttpResponse:
        """Redirect with the next likely step: the plan where there is none, else to make a draft public."""
        action, text = None, ""
        chosen = set(self.row.neighbourhoods.values_list("pk", flat=True)) if self.row.geometry else set()
        if others := [name for pk, name in neighbourhoods_of_place(self.row).items() if pk not in chosen]:
            names = format_list(others, self.request_context.language)
            text = ngettext(
                "The place on the map lies in %(names)s. You did not choose that neighbourhood.",
                "The place on the map lies in %(names)s. You did not choose those neighbourhoods.",
                len(others),
            ) % {"names": names}
            url = address("trajectory_change", self.row.slug, **{HIGHLIGHT_PARAM: "neighbourhoods"})
            action = Action(_("Choose neighbourhoods"), url)
        elif not Plan.objects.filter(trajectory=self.trajectory).exists():
            action = Action(_("Fill in the plan"), address("plan_change", self.row.slug))
        elif not self.row.public:
            action = Action(_("Make it public"), address("trajectory_publication", self.row.slug))
        return self.redirect_back(changeset, Consequence(text, action))
