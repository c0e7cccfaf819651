"""Columns with free text, which may contain personal data."""

from functools import cache
from typing import Any

from django.db import models

from .columns import GeometryField, NameField, SlugField, WordField
from .searching import SearchTextField

#: Columns that hold a vocabulary value, a number or a rule id instead of free text.
_CODE_COLUMNS = frozenset(
    (
        "rule",
        "rules",
        "status",
        "source_stance",
        "also_printed_as",
        "cbs_code",
        "empty_lists",
        "media_type",
        "sha256",
        "history_type",
    )
)


@cache
def free_text_columns(model: Any) -> tuple[str, ...]:
    """Return the names of the columns of this model that hold free text, in order, including file names.

    Refs, slugs and parties are excluded: other rows refer to them. Dates are excluded too, although their printed
    text (``ImpreciseDate.text``) is free text.
    """
    names = {field.name for field in model._meta.concrete_fields}
    # Beside a rule, ``subject`` holds a ref; the subject of a mail is free text.
    references = {
        *getattr(model, "REFS", ()),
        *getattr(model, "PARTIES", ()),
        *({"subject"} if "rule" in names else ()),
    }
    return tuple(
        field.name for field in model._meta.concrete_fields if field.name not in references and _is_free_text(field)
    )


def _is_free_text(field: Any) -> bool:
    # The search text is derived from other columns at each save.
    no_text = (SlugField, WordField, SearchTextField, GeometryField, models.EmailField, models.FileField)
    if isinstance(field, no_text) or field.choices:
        return False
    if isinstance(field, NameField):
        # An identifier, except for the file name of an upload, which the uploader chose.
        return field.model._meta.model_name == "upload"
    return isinstance(field, (models.CharField, models.TextField, models.JSONField)) and field.name not in _CODE_COLUMNS
