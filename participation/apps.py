"""The Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParticipationConfig(AppConfig):
    """Participation trajectories and the obligations to residents in them."""

    name = "participation"
    verbose_name = _("Participation")

    def ready(self) -> None:
        """Register the system check of the rulebook."""
        from . import system_checks  # noqa: F401 - importing it registers the check
