"""Which columns hold free text: words that people chose themselves, in which a name can stand."""

from functools import cache
from typing import Any

from django.db import models

from .columns import NameField, SlugField, WordField
from .searching import SearchTextField

#: Columns that hold a word of a vocabulary, a number or the name of a rule: nobody writes sentences there.
_CODES = frozenset(
    ("rule", "rules", "status", "source_stance", "also_printed_as", "cbs_code", "media_type", "sha256", "history_type")
)


@cache
def free_texts(model: Any) -> tuple[str, ...]:
    """Return the columns of this table that hold free text, in their order; files count by their name.

    Refs, slugs and parties are no free text: other rows point to them. A date is none either, but what was printed
    for it is: see ``When.text``.
    """
    names = {field.name for field in model._meta.concrete_fields}
    # What a rule asks something about is named by its ref; the subject of a mail is a sentence.
    pointing = {*getattr(model, "REFS", ()), *getattr(model, "PARTIES", ()), *({"subject"} if "rule" in names else ())}
    return tuple(field.name for field in model._meta.concrete_fields if field.name not in pointing and _is_free(field))


def _is_free(field: Any) -> bool:
    # The text by which a row is found is made anew of the others at each save.
    if isinstance(field, (SlugField, WordField, SearchTextField, models.EmailField, models.FileField)) or field.choices:
        return False
    if isinstance(field, NameField):
        # A name by which rows know each other; the name of a file is what somebody called it.
        return field.model._meta.model_name == "upload"
    return isinstance(field, (models.CharField, models.TextField, models.JSONField)) and field.name not in _CODES
