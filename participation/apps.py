"""The Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParticipationConfig(AppConfig):
    """Participation trajectories and what is owed to residents in them."""

    name = "participation"
    verbose_name = _("Participation")

    def ready(self) -> None:
        """Have Django look at the rulebook when it starts."""
        from . import system_checks  # noqa: F401 - importing it registers the check
