"""What a council member starts with on the council's page."""

from django.core.exceptions import PermissionDenied

from participation.models import User


def keep_council_choice(user: User, portfolio: str, district: str) -> None:
    """Keep the portfolio and the district that this user starts with, "" for all of them.

    Raises PermissionDenied for who is no council member.
    """
    if not user.is_active or user.role != "council_member":
        raise PermissionDenied
    User.objects.filter(pk=user.pk).update(council_portfolio=portfolio, council_district=district)
