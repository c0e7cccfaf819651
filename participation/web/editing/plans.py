"""The views for the participation plan: its parts with their progress, and the form for one part or for all."""

from functools import partial
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from participation.models import Changeset, Plan, Step
from participation.services.changes.changesets import save_plan
from participation.web.shared.actions import Action
from participation.web.shared.addresses import address
from participation.web.shared.pages import add_saved_message
from participation.web.shared.return_urls import HIGHLIGHT_PARAM, RETURN_PARAM, validated_return_url

from .plan_form import PlanForm, PlanPart, plan_parts
from .plan_overview import ALL_PARTS, PART_PARAM, part_url, plan_progress
from .views import ItemFormView


class PlanChange(ItemFormView[PlanForm]):
    """Show how far the plan is; create or change the parts that the query string names, by key or by column."""

    form_class, anchor, template_name = PlanForm, "plan", "web/editing/plan_part.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form, or the parts where the query string names none."""
        if request.GET.keys() - {RETURN_PARAM}:
            return super().get(request, **kwargs)
        self._prepare()
        form = self.get_form()
        parts = plan_progress(form, self.trajectory, self.request_context)
        slug = self.trajectory.slug
        has_activity = Step.objects.filter(trajectory=self.trajectory, kind="activity", cancelled=False).exists()
        context = {
            "parts": parts,
            "filled": sum(part.is_filled for part in parts),
            "everything": f"{request.path}?{PART_PARAM}={ALL_PARTS}",
            "add_activity": "" if has_activity else address("step_add", slug, kind="activity"),
            "publication": "" if self.trajectory.public else address("trajectory_publication", slug),
        }
        return self.render("web/editing/plan.html", self.heading, context)

    def get_object(self) -> Any:
        """Return the plan, or a new one."""
        plan = Plan.objects.filter(trajectory=self.trajectory).first() or Plan()
        plan.trajectory = self.trajectory
        return plan

    def get_stored_row(self) -> Any:
        """Return the stored plan, which another user may have created since the form was shown."""
        return self.get_object()

    def form_arguments(self) -> dict[str, Any]:
        """Return the arguments of the form, with the parts that the query string names."""
        return {**super().form_arguments(), "parts": [part.key for part in self.parts()]}

    def parts(self) -> list[PlanPart]:
        """Return the parts that the query string names, by key or by a column to highlight; none means all."""
        keys, columns = self.request.GET.getlist(PART_PARAM), self.request.GET.getlist(HIGHLIGHT_PARAM)
        if ALL_PARTS in keys:
            return []
        return [
            part for part in plan_parts(self.rulebook) if part.key in keys or any(part.edits(name) for name in columns)
        ]

    def title(self) -> str:
        """Return the heading: the part where there is one."""
        parts = self.parts()
        return str(parts[0].title) if len(parts) == 1 else _("Participation plan")

    def get_extra_context(self, form: PlanForm) -> dict[str, Any]:
        """Return the title of the next part, where this is the form of one."""
        following = self._next_part()
        return {"next_part": following.title if following else ""}

    def return_url(self) -> str:
        """Return the URL one came from, else the parts of the plan."""
        return validated_return_url(self.request) or self._overview_url()

    def save(self, form: PlanForm) -> Changeset | None:
        """Save the plan with its actors."""
        actors = form.submitted_actors()
        return save_plan(
            form.instance,
            actors,
            self.write_context,
            verb="changed" if form.instance.pk else "added",
            about=_("Participation plan"),
            expected_version=form.expected_version,
            prepare=partial(form.save_new_actor, actors),
        )

    def success_response(self, changeset: Changeset | None) -> HttpResponse:
        """Redirect to the page one came from, to the next part if that was asked, else to the parts of the plan."""
        following, return_url = self._next_part(), validated_return_url(self.request)
        if following and "next" in self.request.POST:
            add_saved_message(self.request, changeset, self.understood)
            return redirect(part_url(self.trajectory, following))
        action = Action(following.title, part_url(self.trajectory, following)) if following and not return_url else None
        add_saved_message(self.request, changeset, self.understood, next_step=action)
        return redirect(return_url or self._overview_url())

    def _next_part(self) -> PlanPart | None:
        """Return the part after the one that is shown."""
        keys, parts = [part.key for part in self.parts()], plan_parts(self.rulebook)
        return next((part for before, part in pairwise(parts) if [before.key] == keys), None)

    def _overview_url(self) -> str:
        return reverse("plan_change", args=[self.trajectory.slug])
