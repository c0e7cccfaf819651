"""Making a trajectory public, and taking it back to a draft, as an action of its own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from participation.models import Step, Trajectory
from participation.selectors.changes.row_versions import ExpectedVersion, current_version
from participation.selectors.trajectories.publication import public_content
from participation.services.changes.changesets import StaleVersion, save_trajectory
from participation.web.shared.actions import Action
from participation.web.shared.addresses import address

from .after_saving import NO_CONSEQUENCE, Consequence, consequence_of
from .views import TrajectoryEditView


class PublicationChange(TrajectoryEditView):
    """Say what becomes visible and to whom, and make the trajectory public; or a draft again."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show what would change."""
        return self._render()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Change who can see the trajectory; show the page again if somebody changed the trajectory meanwhile."""
        row = Trajectory.objects.get(pk=self.trajectory.pk)
        row.public = "publish" in request.POST or (row.public and "hide" not in request.POST)
        try:
            changeset = save_trajectory(
                row,
                self.write_context,
                verb="changed",
                links={},
                expected_version=ExpectedVersion.from_text(request.POST.get("shown", "")),
            )
        except StaleVersion:
            self.trajectory.refresh_from_db()
            return self._render(is_stale=True)
        if changeset is None:
            return self.redirect_back(None)
        self.trajectory = row
        if not row.public:
            text = _("It is a draft again: only people who work for the municipality or the council see it.")
            return self.redirect_back(changeset, Consequence(text))
        next_step = self._next_step()
        text = _(
            "It is public now: everyone can see it, and people who follow its neighbourhoods get mail about changes."
        )
        return self.redirect_back(changeset, next_step._replace(text=f"{text} {next_step.text}".strip()))

    def _next_step(self) -> Consequence:
        """Return what follows from the first activity that is planned; without one, the form that plans it."""
        activities = Step.objects.filter(
            trajectory=self.trajectory, kind="activity", cancelled=False, done__isnull=True
        )
        first = activities.order_by("planned__earliest", "pk").first()
        if first:
            return consequence_of(first, self.trajectory, self.request_context, self.trajectory_url())
        if self.trajectory.is_over(self.request_context.today):
            return NO_CONSEQUENCE
        return Consequence(
            "", Action(_("Plan an activity"), address("step_add", self.trajectory.slug, kind="activity"))
        )

    def _render(self, is_stale: bool = False) -> HttpResponse:
        public = self.trajectory.public
        title = _("Make it a draft again") if public else _("Make it public")
        context = {
            "found": public_content(self.trajectory),
            "shown": current_version(self.trajectory).to_text(),
            "is_stale": is_stale,
        }
        return self.render("web/editing/publication.html", title, context)
