"""Who was reached, from a sheet or figures of Go Vocal: a preview, and recording all of it as one changeset.

The preview keeps no state on the server: the page sends back the text of the sheet, and a checksum of what it showed.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.interchange.reach_sheets import read_pasted, read_reach, read_sheet
from participation.interchange.sheets.reading import Sheet, SheetError, as_text
from participation.models import Step, Trajectory
from participation.presentation.change_messages import step_name
from participation.services.trajectories.reach_import import ReachProposal, propose_reach, record_reach
from participation.web.shared.forms import Form

from .views import TrajectoryEditView


class ReachSheetForm(Form):
    """A sheet, pasted or as a file, and the activity of rows that name none."""

    step = forms.ChoiceField(
        label=_lazy("Activity"), required=False, help_text=_lazy("For rows that do not say of which activity they are.")
    )
    file = forms.FileField(
        label=_lazy("File"),
        required=False,
        help_text=_lazy(
            "CSV or Excel (.xlsx) with the columns Stap, Groep, Buurt and Aantal; or figures of participants from Go "
            "Vocal (.xlsx or .json). At most 2 MB and 500 rows. Only numbers: a file with names or e-mail addresses "
            "is refused."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.json"}),
    )
    text = forms.CharField(
        label=_lazy("Or paste the rows here"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_lazy(
            "With the headings above them. A row without a group or neighbourhood is of everybody together."
        ),
    )

    def __init__(self, trajectory: Trajectory, *args: Any, **kwargs: Any) -> None:
        """Offer the activities of this trajectory."""
        super().__init__(*args, **kwargs)
        rows = Step.objects.filter(trajectory=trajectory, kind="activity", cancelled=False)
        self.steps = {step.ref: step for step in rows.order_by("planned__earliest", "pk")}
        choices = [(ref, step_name(step.kind, step.method, step.title)) for ref, step in self.steps.items()]
        field: Any = self.fields["step"]
        field.choices = [("", _("the rows say it")), *choices]

    def clean(self) -> dict[str, Any]:
        """Read the sheet. Adds an error where it cannot be read, or is about persons."""
        cleaned: dict[str, Any] = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text", "")
        source = "file" if file else "text"
        try:
            sheet: Sheet = read_sheet(file.name, file.read()) if file else read_pasted(text)
            cleaned["reach"] = read_reach(sheet)
            cleaned["text"] = as_text(sheet)
        except SheetError as error:
            self.add_error(source, ValidationError(str(error)))
        return cleaned

    def propose(self, trajectory: Trajectory) -> ReachProposal:
        """Return what the sheet would change."""
        return propose_reach(self.cleaned_data["reach"], trajectory, self.steps.get(self.cleaned_data["step"]))


class ReachImport(TrajectoryEditView):
    """Read numbers of people who were reached, show what they change, and record them."""

    anchor = "bereik"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        initial = {"step": self.request.GET.get("step", "")}
        return self._render(ReachSheetForm(self.trajectory, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show what the sheet changes, or record it where that is what was shown."""
        form = ReachSheetForm(self.trajectory, request.POST, request.FILES)
        if not form.is_valid():
            return self._render(form)
        proposal = form.propose(self.trajectory)
        wants_to_save = request.POST.get("do") == "save"
        is_shown = request.POST.get("shown") == proposal.digest
        if wants_to_save and is_shown and not proposal.problems:
            return self.redirect_back(record_reach(proposal, self.trajectory, self.write_context))
        initial = {"step": form.cleaned_data["step"], "text": form.cleaned_data["text"]}
        return self._render(
            ReachSheetForm(self.trajectory, initial=initial), proposal, wants_to_save and not proposal.problems
        )

    def _render(
        self, form: ReachSheetForm, proposal: ReachProposal | None = None, differs: bool = False
    ) -> HttpResponse:
        context = {"form": form, "proposal": proposal, "differs": differs}
        return self.render("web/editing/reach_import.html", _("Record who was reached from a file"), context)
