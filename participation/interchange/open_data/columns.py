"""The columns of the open data: key, label, description, type, and the query expression that reads them.

Values are read as stored, with ``values_list``: creating model instances would take many times longer than writing
the files.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from django.db import models
from django.db.models import F, IntegerField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from participation.models.columns import GeometryField, SlugField, TextsField, WordField
from participation.models.fields import ImpreciseDateField
from participation.selectors.dossiers.field_mapping import RECORD_TABLES, record_columns, record_fragments


class DatasetColumn(NamedTuple):
    """A column: its key, label, description, type, and query expression.

    ``column_type`` is a key of ``writer.COLUMN_TYPES``. ``references`` is the file and column that it refers to (a
    foreign key). ``party`` tells whether it names organisations. ``read`` is None for a list of links.
    """

    key: str
    label: Any
    meaning: str
    column_type: str
    read: Any
    references: tuple[str, str] | None = None
    party: bool = False


OF_TRAJECTORY: Final = ("trajectories", "slug")
SLUG = DatasetColumn(
    "trajectory", _("trajectory"), "Slug of the trajectory.", "word", F("trajectory__slug"), OF_TRAJECTORY
)


def column(model: type[models.Model], name: str, key: str, meaning: str) -> DatasetColumn:
    """Return the column of a model field, under its key in the dossier; the type follows from the field's class."""
    field: Any = model._meta.get_field(name)
    party = name in getattr(model, "PARTIES", ())
    as_text = Cast(F(name), models.TextField())
    for of, column_type, read in (
        (ImpreciseDateField, "when", as_text),
        (GeometryField, "geometry", as_text),
        (TextsField, "object", as_text),
        (models.JSONField, "list", as_text),
        (models.BooleanField, "yes_or_no", Cast(F(name), IntegerField())),
        (models.IntegerField, "number", F(name)),
        (models.DecimalField, "decimal", Cast(F(name), models.FloatField())),
        (models.TimeField, "time", as_text),
        (models.DateTimeField, "moment", as_text),
        (models.DateField, "day", as_text),
        ((WordField, SlugField), "word", F(name)),
    ):
        if isinstance(field, of):
            return DatasetColumn(key, field.verbose_name, meaning, column_type, read, party=party)
    return DatasetColumn(key, field.verbose_name, meaning, "text", F(name), party=party)


def section(name: str) -> tuple[DatasetColumn, ...]:
    """Return the columns of a section of the dossier, after the slug of the trajectory."""
    return (SLUG, *record(name))


def record(of: str, *excluded: str) -> Iterator[DatasetColumn]:
    """Yield the columns of a record of the dossier or the register, except those in ``excluded``.

    The key of a column is that in the dossier; within an object it is ``object_key``.
    """
    fragments = record_fragments(of)
    for path, name in record_columns(of).items():
        parent, _slash, key = path.rpartition("/")
        inner = fragments[parent]["properties"] if parent else fragments
        if name not in excluded:
            yield column(RECORD_TABLES[of], name, path.replace("/", "_"), inner[key]["description"])


def link_reader(model: Any, of: str, target_column: str) -> Callable[[list[int]], Mapping[int, list[str]]]:
    """Return a function from primary keys to ``target_column`` of the rows linked by ``of``; it makes one query."""
    through = getattr(model, of).through
    # The order of the two foreign keys matters for a relation of a model with itself.
    start, end = (f.name for f in through._meta.get_fields() if f.is_relation)

    def found(keys: list[int]) -> Mapping[int, list[str]]:
        words: dict[int, list[str]] = {}
        rows = through.objects.filter(**{f"{start}__in": keys}).order_by(f"{end}__{target_column}")
        for key, word in rows.values_list(f"{start}_id", f"{end}__{target_column}"):
            words.setdefault(key, []).append(word)
        return words

    return found


def link(model: Any, of: str, meaning: str, references: tuple[str, str]) -> DatasetColumn:
    """Return the column of a many-to-many relation, listing the keys of the linked rows in the other file."""
    return DatasetColumn(of, model._meta.get_field(of).verbose_name, meaning, "link", None, references)


def description_of(section: str, key: str) -> str:
    """Return the description of a key in the dossier's schema."""
    found: str = record_fragments(section)[key]["description"]
    return found
