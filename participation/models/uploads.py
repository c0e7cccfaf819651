"""Uploaded files: stored under a generated name, served only as attachments."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .columns import NameField
from .trajectories import Trajectory

#: Folders below MEDIA_ROOT for stored files and for large files being received.
UPLOAD_FOLDER, INCOMING_FOLDER = "uploads", "incoming"


def stored_as(_upload: Any, _filename: str) -> str:
    """Return the path of a file: the name given by the user is never used on disk."""
    return f"{UPLOAD_FOLDER}/{uuid.uuid4().hex}"


class UploadQuerySet(models.QuerySet["Upload"]):
    """Permission filters on uploads."""

    def visible_to(self, user: Any) -> Self:
        """Return the files of documents and counter-signals in trajectories that this user (or None) may see."""
        # Subqueries: a file used twice is returned once.
        visible = Trajectory.objects.visible_to(user).order_by().values("pk")
        all_uploads = type(self)(self.model)
        on_document = all_uploads.filter(documents__trajectory__in=visible).values("pk")
        on_signal = all_uploads.filter(counter_signals__trajectory__in=visible).values("pk")
        return self.filter(Q(pk__in=on_document) | Q(pk__in=on_signal))


class Upload(models.Model):
    """An uploaded file, with the name that is shown."""

    file = models.FileField(_("file"), upload_to=stored_as, max_length=100)
    name = NameField(_("name"))
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads", verbose_name=_("uploaded by")
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")

    def __str__(self) -> str:
        """Return the name that is shown."""
        return self.name
