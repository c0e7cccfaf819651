"""Versions of documents, and with whom they were shared when."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import AUDIENCES, DOCUMENT_KINDS
from participation.dossier.schema_fields import MAX_PAGES

from .columns import HttpUrlField, LineField, ListField, NameField, WordField, is_http_url
from .constraints import bounds_constraints, unique_ref_constraint, vocabulary_constraints
from .empty_lists import KeepsEmptyLists
from .fields import ImpreciseDateField
from .history import VersionedHistory
from .parties import ReferencesParties
from .searching import SearchTextField
from .trajectory_items import TrajectoryItem
from .uploads import Upload


class Document(KeepsEmptyLists, TrajectoryItem):
    """A version of a document."""

    REFS = {"replaces": ("Document",)}

    title = LineField(_("title"), blank=True, default="")
    kind = WordField(_("kind"), words=DOCUMENT_KINDS)
    case_number = LineField(_("case number"), max_characters=100, blank=True, default="")
    external = ListField(_("in other systems"), keys=("system", "id", "url"), values={"url": is_http_url})
    version = LineField(_("version"), max_characters=100, blank=True, default="")
    dated_on = ImpreciseDateField(_("dated on"))
    published_on = ImpreciseDateField(_("published on"))
    replaces = NameField(_("replaces (ref)"), blank=True, default="")
    changes_marked = models.BooleanField(_("changes are marked"), null=True, blank=True, default=None)
    plain_summary = models.BooleanField(_("has a summary in plain language"), null=True, blank=True, default=None)
    pages = models.PositiveIntegerField(
        _("number of pages"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MAX_PAGES)]
    )
    url = HttpUrlField(_("address"), blank=True, default="")
    file = models.ForeignKey(
        Upload, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("file")
    )
    search_text = SearchTextField("title", "version", "case_number", "external")

    history = VersionedHistory(excluded_fields=["search_text"])

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            unique_ref_constraint(),
            *vocabulary_constraints(kind=DOCUMENT_KINDS),
            *bounds_constraints("dated_on", "published_on"),
            CheckConstraint(
                condition=~Q(replaces=F("ref")),
                name="document_not_its_own_successor",
                violation_error_message=_("A document cannot replace itself."),
            ),
        ]


class DocumentShare(ReferencesParties):
    """The sharing of a document with a party, on a day that may be unknown."""

    PARTIES = {"party": AUDIENCES}

    document = models.ForeignKey(Document, models.PROTECT, related_name="shares", verbose_name=_("document"))
    party = NameField(_("with"))
    on = ImpreciseDateField(_("on"))

    history = VersionedHistory()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            UniqueConstraint(fields=["document", "party", "on"], name="documentshare_once"),
            *bounds_constraints("on"),
        ]

    def __str__(self) -> str:
        """Return the party."""
        return self.party
