"""Fields to add an organisation in the form at hand, with a check for one that is nearly the same."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance.vocabulary import ORGANISATION_KINDS
from participation.models import Organisation, Trajectory
from participation.models.labels import LABELS, labelled_choices
from participation.selectors.associations.similar_organisations import SimilarOrganisation, similar_organisations
from participation.services.associations.new_parties import NewParty, add_party
from participation.services.associations.submissions import SUGGESTED_KINDS
from participation.services.changes.changesets import ChangesetWriter

NAME, KIND, SAME = "new_party_name", "new_party_kind", "new_party_same"
NEW_PARTY_FIELDS = (NAME, KIND, SAME)
#: Choice that the organisation is none of those that are nearly the same.
NONE_OF_THESE = "new"


def new_party_fields(typed_name: str, trajectory: Trajectory) -> dict[str, forms.Field]:
    """Return the fields for a new organisation; with a choice where one with nearly the typed name is recorded."""
    column: Any = Organisation._meta.get_field("name")
    kinds = dict.fromkeys((*SUGGESTED_KINDS, *ORGANISATION_KINDS))
    found: dict[str, forms.Field] = {
        NAME: column.formfield(
            label=_("Name of the organisation"),
            required=False,
            help_text=_("Of an association, company or group. Not the name of a person."),
        ),
        KIND: forms.ChoiceField(
            label=_("What kind of organisation is it?"),
            choices=[("", _("choose")), *((kind, capfirst(label)) for kind, label in labelled_choices(kinds))],
            required=False,
        ),
    }
    similar = similar_organisations(typed_name[: column.max_characters], trajectory)
    if similar:
        found[SAME] = forms.ChoiceField(
            label=_("Is it one of these?"),
            choices=list(_same_choices(similar)),
            widget=forms.RadioSelect,
            required=False,
        )
    return found


def _same_choices(similar: Sequence[SimilarOrganisation]) -> Iterator[tuple[str, str]]:
    for organisation in similar:
        kind = f" ({LABELS[organisation.kind]})" if organisation.kind else ""
        yield organisation.slug, f"{organisation.name}{kind}"
    if not any(organisation.is_same for organisation in similar):
        yield NONE_OF_THESE, _("None of these: add it")


class NewPartyMixin:
    """Form mixin: an organisation that is added with what the form saves, or one with nearly the same name instead."""

    new_party: NewParty | None = None

    def offer_new_party(self: Any, trajectory: Trajectory) -> None:
        """Add the fields for a new organisation."""
        typed = self.data.get(NAME) if self.is_bound else self.initial.get(NAME)
        self.fields.update(new_party_fields(str(typed or ""), trajectory))

    def clean_new_party(self: Any, cleaned: dict[str, Any]) -> str:
        """Return the slug of the recorded organisation that was chosen instead of a new one, or "".

        A new one is kept in ``new_party``. Adds an error where something is missing.
        """
        name, same = " ".join((cleaned.get(NAME) or "").split()), cleaned.get(SAME) or ""
        if not name:
            if cleaned.get(KIND) and NAME not in self.errors:
                self.add_error(NAME, _("Write what it is called."))
            return ""
        if same and same != NONE_OF_THESE:
            return str(same)
        if SAME in self.fields and not same:
            self.add_error(SAME, _("An organisation with nearly this name is there already. Choose one of these."))
        elif not cleaned.get(KIND):
            self.add_error(KIND, _("Choose what kind of organisation it is."))
        self.new_party = NewParty(name, cleaned.get(KIND) or "")
        return ""

    def add_new_party(self, recorder: ChangesetWriter, trajectory: Trajectory) -> str:
        """Save the new organisation in this changeset, and return its slug; "" where there is none."""
        if self.new_party is None:
            return ""
        try:
            return add_party(recorder, trajectory, self.new_party)
        except ValidationError as error:
            raise ValidationError({NAME: error.messages}) from None
