"""Read-only admin of the municipalities that are compared; the command ``comparison`` reads and forgets them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from participation.interchange.comparison.signing import fingerprint
from participation.models import ComparedMunicipality

from .base import ReadOnlyAdmin


@admin.register(ComparedMunicipality)
class ComparedMunicipalityAdmin(ReadOnlyAdmin):
    """Municipalities that are compared."""

    list_display = ("name", "slug", "is_own", "last_year", "received_at")
    search_fields = ("name", "slug")
    fields = (*list_display, "fingerprint", "content")

    @admin.display(description=_("fingerprint"))
    def fingerprint(self, row: ComparedMunicipality) -> str:
        """Return the fingerprint of the key that was confirmed."""
        return fingerprint(row.public_key)
