"""Views for scenarios."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.models import Changeset, Scenario
from participation.services.changes.changesets import save_part

from .choices import FormChoices
from .fields import ChoiceGroup, GroupedChoiceField, yes_no_field
from .forms import Fieldset, RowForm
from .views import ItemCreateView, ItemUpdateView


class ScenarioForm(RowForm):
    """A scenario: one of the alternatives presented to participants, and what became of it."""

    document = GroupedChoiceField(
        label=_lazy("Drawing or paper"),
        required=False,
        help_text=_lazy("Choose from the documents of this trajectory. Is it not there? Add the document first."),
    )
    chosen = yes_no_field(_lazy("Was this one chosen?"))

    layout = [
        Fieldset("", ("title", "presented_on", "description", "advantages", "disadvantages", "document")),
        Fieldset(_lazy("What became of it"), ("chosen", "chosen_reason")),
    ]

    class Meta:
        model = Scenario
        fields = (
            *("title", "presented_on", "description", "advantages", "disadvantages", "document"),
            *("chosen", "chosen_reason"),
        )
        labels = {
            "title": _lazy("Name"),
            "presented_on": _lazy("Shown to participants on"),
            "description": _lazy("What happens in this scenario"),
            "advantages": _lazy("Advantages"),
            "disadvantages": _lazy("Disadvantages"),
            "chosen_reason": _lazy("Why it was chosen, or why not"),
        }
        help_texts = {
            "description": _lazy("In a few simple sentences, so that people can compare it with the others."),
            "advantages": _lazy("What is good about it, and for whom."),
            "disadvantages": _lazy("What is less good about it, and for whom."),
        }

    def configure_fields(self) -> None:
        """Require a name, and offer the documents of the trajectory."""
        fields: Any = self.fields
        fields["title"].required = True
        fields["title"].error_messages["required"] = _("Write down what the scenario is called.")
        documents = [ChoiceGroup("", FormChoices(self.trajectory).document_choices())]
        fields["document"].set_choices(documents, self.row.document, _("no document"))


class ScenarioAdd(ItemCreateView[ScenarioForm]):
    """Add a scenario."""

    model, form_class, anchor = Scenario, ScenarioForm, "plan"

    def title(self) -> str:
        """Return the heading."""
        return _("Add a scenario")

    def save(self, form: ScenarioForm) -> Changeset | None:
        """Add the scenario."""
        return save_part(form.instance, self.write_context, verb="added", about=form.instance.title)


class ScenarioChange(ItemUpdateView[ScenarioForm]):
    """Change a scenario."""

    model, form_class, anchor = Scenario, ScenarioForm, "plan"

    def title(self) -> str:
        """Return the title."""
        return self.row.title or self.row.ref

    def save(self, form: ScenarioForm) -> Changeset | None:
        """Save the change."""
        about = form.instance.title
        return save_part(
            form.instance, self.write_context, verb="changed", about=about, expected_version=form.expected_version
        )
