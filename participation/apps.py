"""The Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParticipationConfig(AppConfig):
    """Participation trajectories and what is owed to residents in them."""

    name = "participation"
    verbose_name = _("Participation")
