"""Recording scenarios."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.models import Entry, Scenario
from participation.services.editing import save_part

from .forms import Fields, RowForm
from .screen import Adding, Changing


class ScenarioForm(RowForm):
    """A scenario: a way in which it can go."""

    layout = [Fields("", ("title", "presented_on"))]

    class Meta:
        model = Scenario
        fields = ("title", "presented_on")
        labels = {"title": _lazy("Name"), "presented_on": _lazy("Shown to participants on")}

    def clean(self) -> dict[str, Any]:
        """Ask for a name."""
        cleaned = super().clean()
        if not cleaned.get("title") and "title" not in self.errors:
            self.add_error("title", _("Write down what the scenario is called."))
        return cleaned


class ScenarioAdd(Adding):
    """Record a scenario."""

    model, form_class, anchor = Scenario, ScenarioForm, "plan"

    def title(self) -> str:
        """Return the heading."""
        return _("Add a scenario")

    def save(self, form: RowForm) -> Entry | None:
        """Add the scenario."""
        return save_part(form.instance, self.door, verb="added", about=form.instance.title)


class ScenarioChange(Changing):
    """Change a scenario: that it was shown, or its name."""

    model, form_class, anchor = Scenario, ScenarioForm, "plan"

    def title(self) -> str:
        """Return its name."""
        return self.row.title or self.row.ref

    def save(self, form: RowForm) -> Entry | None:
        """Save the change."""
        about = form.instance.title
        return save_part(form.instance, self.door, verb="changed", about=about, shown=form.shown_state)
