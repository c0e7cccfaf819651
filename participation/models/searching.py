"""The text by which a row is found: its words without accents and in one case, the same on every database."""

import re
from typing import Any, cast
from unicodedata import category, normalize

from django.db import models
from django.db.models.lookups import Contains
from django.db.models.query_utils import DeferredAttribute

#: A telephone types a curly apostrophe where a keyboard types a straight one.
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʼ`´", "'"))
#: Accents, invisible characters such as soft hyphens, control characters and halves of surrogate pairs.
_LEFT_OUT = ("Mn", "Cf", "Cc", "Cs")


def fold(text: str) -> str:
    """Return the text without accents, in one case, its words with one space between them.

    Folding what was folded changes nothing.
    """
    if not text.isascii():
        text = text.translate(_APOSTROPHES)
        # Taking a character apart may give capitals, and folding capitals may give accents.
        text = normalize("NFKD", normalize("NFKD", text).casefold())
        text = "".join(sign for sign in text if sign.isspace() or category(sign) not in _LEFT_OUT)
    return " ".join(re.sub(r"[\x00-\x08\x0e-\x1b\x7f]", "", text.lower()).split())


class _Computed(DeferredAttribute):
    """The folded text of a row, computed when it is asked for: so ``save`` and every bulk way store what it is now."""

    field: "SearchTextField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        values = instance.__dict__
        if any(name not in values for name in self.field.of):
            return values[self.field.attname] if self.field.attname in values else super().__get__(instance, cls)
        return fold(" ".join(str(values[name] or "") for name in self.field.of))

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SearchTextField(models.TextField):
    """The folded text of other columns of the row. Nobody types it, and it is no fact: keep it out of the history."""

    descriptor_class = _Computed

    def __init__(self, *of: str, **kwargs: Any) -> None:
        """Make a column out of the texts in the columns ``of``."""
        self.of = of
        super().__init__(**{**kwargs, "blank": True, "default": "", "editable": False})

    def deconstruct(self) -> Any:
        """Return what a migration writes: Django's class; what the text is made of is no business of a table."""
        name, _path, _args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", [], kwargs


@SearchTextField.register_lookup
class _Has(Contains):
    """A search for a part of a word: folded as what is stored was folded, so that no index or case matters."""

    lookup_name = "icontains"

    def get_prep_lookup(self) -> Any:
        """Return what to look for."""
        return fold(self.rhs) if isinstance(self.rhs, str) else cast(Any, super().get_prep_lookup())
