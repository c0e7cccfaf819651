"""Importing a planning: paste or upload it, correct what it becomes in a preview, and record it at once."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from participation.compliance.dates import MAX_YEAR, MIN_YEAR
from participation.interchange.plannings.recogniser import RecognisedPlanning, recognise_planning
from participation.interchange.plannings.source import UnreadablePlanning
from participation.interchange.plannings.words import KnownOrganisation
from participation.selectors.obligations.statuses import party_names
from participation.selectors.trajectories.added_steps import added_steps_outlook
from participation.services.changes.changesets import StaleVersion
from participation.services.trajectories.planning_import import document_facts, record_planning, step_facts

from .choices import FormChoices
from .planning_consequences import ConsequenceWriter
from .planning_import_forms import PlanningChoices, PlanningSourceForm
from .planning_page_data import page_data
from .planning_preview import PlanningPreview, make_preview
from .views import TrajectoryEditView


class PlanningImport(TrajectoryEditView):
    """Import a planning: the form, then the preview, then all of it as one changeset."""

    anchor = "tijdlijn"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self._render_form(PlanningSourceForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Read a planning, or show its preview again, or record what is ticked."""
        choices = FormChoices(self.trajectory)
        if "rows" not in request.POST:
            return self._read(request, choices)
        year = request.POST.get("year", "")
        is_year = year.isdecimal() and len(year) == 4 and MIN_YEAR <= int(year) <= MAX_YEAR
        used_year = int(year) if is_year else self.request_context.today.year
        row_choices = PlanningChoices(choices, used_year, self.request_context.today)
        preview = make_preview(self.trajectory, request.POST, row_choices, self.request_context.today, is_first=False)
        if request.POST.get("do") != "save":
            return self._render_preview(preview, row_choices)
        if not preview.has_ticks or not preview.can_be_saved:
            return self._render_preview(preview, row_choices, wanted_to_save=True)
        try:
            changeset = record_planning(
                self.trajectory,
                self.write_context,
                steps=preview.steps,
                documents=[one.document for one in preview.new_documents],
                updates=preview.updates,
                contributions=preview.new_contributions,
            )
        except StaleVersion:
            return self._render_preview(preview, row_choices, problems=[_changed_message()], status=409)
        except ValidationError as error:
            return self._render_preview(preview, row_choices, problems=error.messages)
        return self.redirect_back(changeset)

    def _read(self, request: HttpRequest, choices: FormChoices) -> HttpResponse:
        form = PlanningSourceForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._render_form(form)
        try:
            found = recognise_planning(
                form.cleaned_data["source"],
                _known_organisations(choices),
                self.request_context.today,
                form.cleaned_data.get("year"),
            )
        except UnreadablePlanning as error:
            form.add_error("file" if form.cleaned_data.get("file") else "text", str(error))
            return self._render_form(form)
        row_choices = PlanningChoices(choices, found.year.year, self.request_context.today)
        data = page_data(found, row_choices)
        preview = make_preview(self.trajectory, data, row_choices, self.request_context.today, is_first=True)
        return self._render_preview(preview, row_choices, notes=_notes(found, form.cleaned_data["source"].notes))

    def _render_form(self, form: PlanningSourceForm) -> HttpResponse:
        return self.render("web/editing/planning_import.html", _("Import a planning"), {"form": form})

    def _render_preview(
        self, preview: PlanningPreview, choices: PlanningChoices, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        request_context = self.request_context
        outlook = added_steps_outlook(
            self.trajectory.pk,
            [step_facts(step) for step in preview.steps],
            [document_facts(one.document) for one in preview.new_documents if not one.errors],
            {row.stored.ref: row.step.planned for row in preview.moved_rows if row.stored and row.step.planned},
            self.rulebook,
            request_context.today,
        )
        writer = ConsequenceWriter(self.rulebook, request_context.today, request_context.language, party_names())
        by_ref = writer.of_rows(outlook)
        for row in preview.rows:
            row.consequences = by_ref.get(row.step.ref) if row.is_ticked else None
        shown = [row.consequences for row in preview.rows if row.consequences]
        context = {
            "preview": preview,
            "choices": choices,
            "consequences": writer.of_trajectory(outlook.changes if outlook else None),
            "late_count": sum(len(row.late) for row in shown),
            "missing_count": sum(len(row.missing) for row in shown),
            **more,
        }
        return self.render("web/editing/planning_preview.html", _("Check the planning"), context, status)


def _known_organisations(choices: FormChoices) -> list[KnownOrganisation]:
    acting = {slug: KnownOrganisation(slug, name, kind, True) for slug, name, kind, _part in choices.actors}
    return [*acting.values(), *(KnownOrganisation(*row) for row in choices.other_organisations)]


def _notes(found: RecognisedPlanning, notes: tuple[str, ...]) -> list[str]:
    """Return what to know about what was read: the year, and what the reader of the format assumed."""
    years = {day.year for row in found.rows if row.when and (day := row.when.latest)} | {found.year.year}
    if found.year.is_stated:
        year = _("Dates without a year were read as %(year)s.") % {"year": found.year.year}
    else:
        year = _(
            "The planning does not say which year it is. We assumed %(year)s. Is that wrong? Read it again, with the "
            "year above it or in the field “Year”."
        ) % {"year": "–".join(map(str, sorted({min(years), max(years)})))}
    return [year, *notes]


def _changed_message() -> str:
    return _("Somebody changed the planning meanwhile. Nothing was saved. Look at it again below.")
