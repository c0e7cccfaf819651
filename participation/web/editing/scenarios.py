"""Views for scenarios."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.models import Changeset, Scenario
from participation.services.changes.changesets import save_part

from .forms import Fieldset, RowForm
from .views import ItemCreateView, ItemUpdateView


class ScenarioForm(RowForm):
    """A scenario: one of the alternatives presented to participants."""

    layout = [Fieldset("", ("title", "presented_on"))]

    class Meta:
        model = Scenario
        fields = ("title", "presented_on")
        labels = {"title": _lazy("Name"), "presented_on": _lazy("Shown to participants on")}

    def clean(self) -> dict[str, Any]:
        """Require a name."""
        cleaned = super().clean()
        if not cleaned.get("title") and "title" not in self.errors:
            self.add_error("title", _("Write down what the scenario is called."))
        return cleaned


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
