"""The view for the participation plan."""

from typing import Any

from django.utils.translation import gettext as _

from participation.models import Changeset, Plan
from participation.services.changes.changesets import save_plan

from .plan_form import PlanForm
from .views import ItemFormView


class PlanChange(ItemFormView[PlanForm]):
    """Create or change the participation plan."""

    form_class, anchor = PlanForm, "plan"

    def get_object(self) -> Any:
        """Return the plan, or a new one."""
        plan = Plan.objects.filter(trajectory=self.trajectory).first() or Plan()
        plan.trajectory = self.trajectory
        return plan

    def get_stored_row(self) -> Any:
        """Return the stored plan, which another user may have created since the form was shown."""
        return self.get_object()

    def title(self) -> str:
        """Return the heading."""
        return _("Participation plan")

    def save(self, form: PlanForm) -> Changeset | None:
        """Save the plan with its actors."""
        return save_plan(
            form.instance,
            form.submitted_actors(),
            self.write_context,
            verb="changed" if form.instance.pk else "added",
            about=_("Participation plan"),
            expected_version=form.expected_version,
        )
