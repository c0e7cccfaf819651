"""Search text: case-folded and without accents, the same on every database."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from unicodedata import category, normalize

from django.db import models
from django.db.models.lookups import Contains
from django.db.models.query_utils import DeferredAttribute

#: Phones type a curly apostrophe where keyboards type a straight one.
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʼ`´", "'"))
#: Accents, invisible characters such as soft hyphens, control characters and lone surrogates.
_IGNORED_CATEGORIES = ("Mn", "Cf", "Cc", "Cs")


def fold(text: str) -> str:
    """Return the text case-folded, without accents, with single spaces. Idempotent."""
    if not text.isascii():
        text = text.translate(_APOSTROPHES)
        # Decomposing can yield capitals, and case-folding can yield accents: so decompose twice.
        text = normalize("NFKD", normalize("NFKD", text).casefold())
        text = "".join(
            character for character in text if character.isspace() or category(character) not in _IGNORED_CATEGORIES
        )
    return " ".join(re.sub(r"[\x00-\x08\x0e-\x1b\x7f]", "", text.lower()).split())


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts in the value of a column: of a list or an object those of what is in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        # PostgreSQL stores the keys of an object in an order of its own.
        for item in (value[key] for key in sorted(value)) if isinstance(value, Mapping) else value:
            yield from texts_in(item)


def searched_text(values: Iterable[Any]) -> str:
    """Return the folded text in which a search looks, of these values of columns."""
    return fold(" ".join(text for value in values for text in texts_in(value)))


class _SearchTextDescriptor(DeferredAttribute):
    """Descriptor that computes the search text on access, so that save and bulk operations store the current one."""

    field: "SearchTextField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        values = instance.__dict__
        if any(name not in values for name in self.field.columns):
            return values[self.field.attname] if self.field.attname in values else super().__get__(instance, cls)
        return searched_text(values[name] for name in self.field.columns)

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SearchTextField(models.TextField):
    """The search text of other columns of the row. Derived data: exclude it from the history."""

    descriptor_class = _SearchTextDescriptor

    def __init__(self, *columns: str, **kwargs: Any) -> None:
        """Derive the field from these ``columns``."""
        self.columns = columns
        super().__init__(**{**kwargs, "blank": True, "default": "", "editable": False})

    def deconstruct(self) -> Any:
        """Return the arguments for migrations: a plain TextField, so that changing ``columns`` needs no migration."""
        name, _path, _args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", [], kwargs


class _FoldedContains(Contains):
    """Substring lookup on folded text, so that case and accents do not matter.

    It is ``icontains`` for callers, and ``contains`` for the database: PostgreSQL would turn each text into capitals.
    """

    def get_prep_lookup(self) -> Any:
        """Return the folded search term."""
        return fold(self.rhs) if isinstance(self.rhs, str) else cast(Any, super().get_prep_lookup())


SearchTextField.register_lookup(_FoldedContains, "icontains")
