"""Abstract model for rows of which a dossier may write a list as empty."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .columns import ListField


class KeepsEmptyLists(models.Model):
    """A row that keeps which of its lists were written as empty: that is known, and not the same as not recorded.

    Only the dossier format tells the two apart, so that a document comes back as it was.
    """

    #: The keys of those lists in the dossier, or ``object/key``; of a list that was filled since it has no meaning.
    empty_lists = ListField(_("lists written as empty"), editable=False)

    class Meta:
        abstract = True
