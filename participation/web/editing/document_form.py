"""Forms for documents: a version of a document, and sharing."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance.dates import ImpreciseDate
from participation.models import Document, DocumentShare
from participation.models.labels import LABELS
from participation.services.uploads import validate_file_kind
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.formatting import date_text
from participation.web.shared.forms import Form

from .choices import FormChoices
from .fields import ChoiceGroup, GroupedChoiceField, GroupedMultipleChoiceField, external_field, yes_no_field
from .forms import Fieldset, FieldsetForm, RowForm


class DocumentForm(RowForm):
    """A version of a document; a new one can be shared at once."""

    replaces = GroupedChoiceField(label=_lazy("Replaces"), required=False)
    changes_marked = yes_no_field(_lazy("Are the changes marked?"))
    plain_summary = yes_no_field(_lazy("Does it have a summary in plain language?"))
    upload = forms.FileField(
        label=_lazy("File"),
        required=False,
        help_text=_lazy("For example PDF or Word, at most 10 MB. Everyone who may see the trajectory can open it."),
    )
    external = external_field()
    parties = GroupedMultipleChoiceField(label=_lazy("Shared with"), required=False)
    shared_on = NaturalDateField(label=_lazy("Shared on"), required=False)

    layout = [
        Fieldset("", ("title", "kind", "version", "dated_on", "upload", "url", "pages")),
        Fieldset("", ("plain_summary", "replaces", "changes_marked", "published_on")),
        Fieldset(_lazy("Case number and other systems"), ("case_number", "external"), folded=True),
        Fieldset(_lazy("Share it at once"), ("parties", "shared_on"), folded=True),
    ]

    class Meta:
        model = Document
        fields = (
            *("title", "kind", "version", "dated_on", "published_on", "replaces", "changes_marked", "plain_summary"),
            *("url", "pages", "case_number", "external"),
        )
        labels = {
            "dated_on": _lazy("Date on the document"),
            "published_on": _lazy("Public since"),
            "url": _lazy("Address on the web"),
            "pages": _lazy("Number of pages"),
            "version": _lazy("Version"),
            "case_number": _lazy("Case number"),
        }
        help_texts = {
            "url": _lazy("Where people can read it, when you do not upload the file here."),
            "pages": _lazy("Of a PDF or Word file that you upload here, it is counted when you leave this empty."),
            "case_number": _lazy("Of the municipality itself, as it is printed on the document."),
        }

    def configure_fields(self) -> None:
        """Offer the documents that it can replace, and the parties to share it with."""
        self.choices = FormChoices(self.trajectory)
        self.fields["title"].required = True
        self.fields["title"].error_messages["required"] = _("Write down what the document is called.")
        replaces: Any = self.fields["replaces"]
        others = self.choices.document_choices(exclude_ref=self.row.ref)
        replaces.set_choices([ChoiceGroup("", others)], self.row.replaces, _("no other document"))
        if self.row.pk:
            del self.fields["parties"], self.fields["shared_on"]
        else:
            parties: Any = self.fields["parties"]
            parties.set_choices(self.choices.parties())
        if self.row.file_id:
            text = _("There is a file: %(name)s. Choose another one to put in its place.")
            self.fields["upload"].help_text = text % {"name": self.row.file.name}

    def prefill(self) -> None:
        """Prefill a new version from the document that it replaces."""
        replaced = next((d for d in self.choices.documents if d.ref == self.initial.get("replaces")), None)
        if self.is_bound or self.row.pk:
            return
        if replaced:
            for name in ("title", "kind", "case_number"):
                self.prefill_field(name, getattr(replaced, name))
        self.prefill_field("shared_on", ImpreciseDate.on(self.request_context.today))

    def clean(self) -> dict[str, Any]:
        """Require the day of sharing if parties were chosen, and the file again if there are errors."""
        cleaned = super().clean()
        if cleaned.get("parties") and not cleaned.get("shared_on") and "shared_on" not in self.errors:
            self.add_error("shared_on", _("Write down on which day they got it. Not known? Write: unknown."))
        if self.errors and cleaned.get("upload"):
            self.add_error("upload", _("Choose the file once more: a browser does not keep it."))
        return cleaned

    def clean_upload(self) -> Any:
        """Return the file. Raises ValidationError for an unsupported type."""
        upload = self.cleaned_data.get("upload")
        if upload:
            validate_file_kind(upload)
        return upload

    def display_title(self) -> str:
        """Return the title, else the kind."""
        return str(self.cleaned_data.get("title") or LABELS.get(self.cleaned_data.get("kind", ""), ""))


class ShareForm(FieldsetForm, Form):
    """Sharing of documents with parties on one day."""

    documents = GroupedMultipleChoiceField(label=_lazy("Which documents"))
    on = NaturalDateField(label=_lazy("On which day"), required=True)
    parties = GroupedMultipleChoiceField(
        label=_lazy("With whom"),
        help_text=_lazy(
            "Ticked is who takes part and does not have it yet. Equal information: everyone on the same day."
        ),
    )

    layout = [Fieldset("", ("on", "parties")), Fieldset(_lazy("More documents at once"), ("documents",), folded=True)]

    def __init__(self, data: Any = None, *, choices: FormChoices, chosen: list[Document], today: Any) -> None:
        """Offer all parties, with the participants ticked that lack one of these documents."""
        self.share_dates = share_dates_by_party(chosen)
        having = [slug for slug, days in self.share_dates.items() if len(days) == len(chosen)]
        lacking = [slug for slug in choices.participants() if slug not in having]
        initial = {"documents": [d.ref for d in chosen], "on": ImpreciseDate.on(today), "parties": lacking}
        super().__init__(data, initial=initial, today=today)
        self.chosen = chosen
        self.fields["documents"].set_choices([ChoiceGroup("", choices.document_choices())])  # type: ignore[attr-defined]
        names = {slug: label for group in choices.parties() for slug, label in group.choices}
        groups = [
            ChoiceGroup(group.name, [c for c in group.choices if c[0] not in having], group.folded)
            for group in choices.parties()
        ]
        already_shared = [
            (slug, _with_share_dates(names.get(slug, slug), days))
            for slug, days in self.share_dates.items()
            if slug in having
        ]
        parties: Any = self.fields["parties"]
        parties.set_choices(
            [*groups, ChoiceGroup(_("They have it already: tick to record it once more"), already_shared, folded=True)]
        )
        if len(chosen) > 1:
            self.layout = [Fieldset("", ("on", "parties", "documents"))]


def share_dates_by_party(documents: list[Document]) -> dict[str, list[Any]]:
    """Return the days on which each party received these documents: the first share of each document."""
    rows = DocumentShare.objects.filter(document__in=documents).order_by("on__earliest", "pk")
    found: dict[str, dict[int, Any]] = {}
    for party, document, day in rows.values_list("party", "document_id", "on"):
        found.setdefault(party, {}).setdefault(document, day)
    return {party: list(days.values()) for party, days in found.items()}


def _with_share_dates(name: str, days: list[Any]) -> str:
    dates = {date_text(day) for day in days}
    return f"{name} ({', '.join(sorted(dates))})"
