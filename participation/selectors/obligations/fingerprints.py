"""Which owners may have other obligations than are stored, found by a hash of all that an assessment rests on.

Evaluation is pure: what it makes of the same facts, by the same rulebook and code, is the same. So where the hash is
the one with which the stored obligations were found to be right, assessing again would find nothing.

The columns that are hashed are those from which the facts are read (``facts.TABLES_READ``). On PostgreSQL one statement
for a range of keys gives the sum of the 64-bit hashes of the rows per table and owner: the order of rows does not
matter, and as their primary keys are hashed, equal rows differ. Another value stays unnoticed once in 2^64, two columns
of a row that trade values once in 2^55 (docs/benchmarks.md). SQLite has no hash functions, and its rows are in this
process: there each owner's rows are hashed by SHA-256, in the order of their keys.
"""

import hashlib
import marshal
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Func, Model, QuerySet, TextField
from django.db.models.functions import Cast

from participation import compliance
from participation.compliance.dossier_parser import referred_parties
from participation.compliance.facts import Facts, OrganisationFacts
from participation.compliance.obligations import ObligationValue, WaiverValue
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.models import AssessmentFingerprint, Obligation, Waiver

from .facts import TABLES_READ, FactTable, organisations_named
from .judging import OWNER_MODELS, owner_rows

#: Types of columns of facts that are hashed as text, by database. PostgreSQL's hash of a jsonb value is unchanged when
#: two elements trade places at a distance of 32, which the small ones of obligations do not have. Of SQLite's days and
#: times its driver makes objects, which cost more than their text.
_AS_TEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "postgresql": ("jsonb",),
    "sqlite": ("date", "time", "datetime"),
}
#: By default PostgreSQL expects a row found by an index to cost four times a row read in order, as on a disk. Up to
#: a hundred thousand trajectories it then reads the shares of all documents for each range, instead of looking up those
#: of its own documents, and the night grows with the square of the number of trajectories.
_PLANNING: Final = "SET LOCAL random_page_cost = 1.1"
#: The code of which the outcome of an assessment is made.
_CODE_FOLDERS: Final = (Path(compliance.__file__).parent, Path(__file__).parent)


class Comparison(NamedTuple):
    """How many owners were compared, and the keys, in order, of those that must be assessed."""

    compared: int
    to_assess: list[int]


def compare_fingerprints(owner_type: str, first: int, last: int, rulebooks: Rulebooks, today: date) -> Comparison:
    """Return which owners with keys from ``first`` to ``last`` inclusive may have other obligations than are stored.

    Those are the owners without a fingerprint, with another one than was stored, and those for which something falls
    due by today. At most five queries, of which one hashes, and on PostgreSQL one statement before it.
    """
    columns = ("owner", "fingerprint", "parties")
    rows = AssessmentFingerprint.objects.filter(owner_type=owner_type, owner__range=(first, last))
    stored = {owner: (fingerprint, parties) for owner, fingerprint, parties in rows.values_list(*columns)}
    # Of a first assessment there is nothing to compare with.
    found = digests(owner_type, range(first, last + 1)) if stored else {}
    owners = owner_rows(owner_type).filter(pk__range=(first, last)).order_by("pk")
    due_rows = Obligation.objects.due(today).filter(**{f"{owner_type}__gte": first, f"{owner_type}__lte": last})
    due = set(due_rows.order_by().values_list(owner_type, flat=True))
    organisations = organisations_named({slug for _fingerprint, parties in stored.values() for slug in parties})
    compared, to_assess = 0, list[int]()
    for key, municipality in owners.values_list("pk", "municipality"):
        compared += 1
        before, parties = stored.get(key, ("", ()))
        rulebook = rulebooks.for_municipality(municipality)
        if key in due or before != fingerprint(found.get(key, ""), rulebook, parties, organisations):
            to_assess.append(key)
    return Comparison(compared, to_assess)


def fingerprint(
    digest: str,
    rulebook: Rulebook,
    parties: Collection[str],
    organisations: Mapping[str, OrganisationFacts | None],
) -> str:
    """Return the hash of all that the obligations of an owner follow from.

    ``parties`` are the slugs in its facts, in order; of those that are in ``organisations`` kind and town count.
    """
    named = [(slug, tuple(found) if (found := organisations.get(slug)) else None) for slug in parties]
    text = repr((code_digest(), rulebook.hash, digest, named))
    return hashlib.sha256(text.encode()).hexdigest()


def new_fingerprint(owner_type: str, key: int, digest: str, rulebook: Rulebook, facts: Any) -> AssessmentFingerprint:
    """Return the row, not saved, of an owner with these facts that was hashed before they were read."""
    parties: list[str] = []
    organisations: Mapping[str, OrganisationFacts | None] = {}
    if isinstance(facts, Facts):
        rows = (facts.steps, facts.documents, facts.contributions, facts.requests)
        parties = sorted(referred_parties(facts.trajectory, facts.plan, *rows))
        organisations = facts.organisations
    found = fingerprint(digest, rulebook, parties, organisations)
    return AssessmentFingerprint(owner_type=owner_type, owner=key, fingerprint=found, parties=parties)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the hash of the code that makes facts and obligations, and of the versions that it runs with."""
    digest = hashlib.sha256(repr((settings.CODE_VERSION, version("holidays"), sys.version_info[:2])).encode())
    for folder in _CODE_FOLDERS:
        for file in sorted(folder.rglob("*.py")):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


# ---------------------------------------------------------------- hashing rows


def digests(owner_type: str, keys: Sequence[int]) -> dict[int, str]:
    """Return the hash of the facts, waivers and open obligations of these owners; one query on PostgreSQL.

    ``keys`` may be a ``range``, of which the owners that exist are hashed: on PostgreSQL after a statement about how to
    look up many rows, which is in force until the end of the caller's transaction.
    """
    if not keys:
        return {}
    is_range = isinstance(keys, range)
    count, values = (None, (keys[0], keys[-1])) if is_range else (len(keys), tuple(keys))
    if connection.vendor == "postgresql":
        sql, params = _hashing_statement(owner_type, count)
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            if is_range:
                cursor.execute(_PLANNING)
            cursor.execute(sql, _with_keys(params, values))
            found: dict[int, str] = dict(cursor.fetchall())
        return found
    hashes: dict[int, Any] = {}
    for number, (sql, params) in enumerate(_statements(owner_type, count, connection.vendor)):
        for owner, rows in _rows_by_owner(sql, _with_keys(params, values)):
            if (own := hashes.get(owner)) is None:
                own = hashes[owner] = hashlib.sha256()
            # Version 0: bytes that depend on the values alone, not on whether two are the same object.
            own.update(marshal.dumps((number, rows), 0))
    return {owner: own.hexdigest() for owner, own in hashes.items()}


def _rows_by_owner(sql: str, params: Sequence[Any]) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for owner, rows in groupby(cursor.fetchall(), itemgetter(0)):
            yield owner, list(rows)


@lru_cache(maxsize=128)
def _hashing_statement(owner_type: str, count: int | None) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that hashes the rows of all tables by owner in PostgreSQL, with its parameters."""
    parts: list[str] = []
    all_params: list[Any] = []
    for number, (sql, params) in enumerate(_statements(owner_type, count, "postgresql")):
        hashed = f"concat_ws(' ', {number}, count(*), sum(hash_record_extended(found, 0)))"
        # SQL that the ORM compiled; what is not constant is a parameter.
        parts.append(f"SELECT owner_key, {hashed} AS part FROM ({sql}) AS found(owner_key) GROUP BY owner_key")  # noqa: S608
        all_params += params
    all_parts = " UNION ALL ".join(parts)
    by_owner = "string_agg(part, ', ' ORDER BY part COLLATE \"C\")"
    sql = f"SELECT owner_key, {by_owner} FROM ({all_parts}) AS parts GROUP BY owner_key"  # noqa: S608
    return sql, tuple(all_params)


@lru_cache(maxsize=128)
def _statements(owner_type: str, count: int | None, vendor: str) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Return for each table the SELECT of what is hashed, the key of the owner first, with its parameters.

    Instead of the keys of owners, or the first and last of a range where ``count`` is None, it has -1, -2 and so on.
    """
    found = []
    for table in _hashed_tables(owner_type):
        rows = _table_rows(owner_type, table)
        owner = f"{table.owner}__trajectory" if table.parent else table.owner
        if count is None:
            rows = rows.filter(**{f"{owner}__gte": -1, f"{owner}__lte": -2})
        else:
            rows = rows.filter(**{f"{owner}__in": range(-1, -count - 1, -1)})
        # Of a row of a row: to which of those of the same owner it belongs.
        own = table.columns if table.parent else table.columns[1:]
        columns = (owner, *(_hashed(table.model, column, vendor) for column in ("id", *own)))
        rows = rows.order_by(owner, "id") if vendor == "sqlite" else rows.order_by()
        found.append(rows.values_list(*columns).query.sql_with_params())
    return tuple(found)


def _hashed_tables(owner_type: str) -> Iterator[FactTable]:
    yield from TABLES_READ[owner_type]
    if owner_type == "trajectory":
        yield FactTable(Waiver, owner_type, (owner_type, *WaiverValue._fields))
    yield FactTable(Obligation, owner_type, (owner_type, *ObligationValue._fields))


def _table_rows(owner_type: str, table: FactTable) -> QuerySet[Any]:
    if table.model is OWNER_MODELS[owner_type]:
        return owner_rows(owner_type)
    return Obligation.objects.open() if table.model is Obligation else table.model._default_manager.all()


def _hashed(model: type[Model], column: str | Func, vendor: str) -> str | Func:
    """Return the column, or its text where its type is not hashed as it is."""
    if not isinstance(column, str) or "__" in column:
        return column
    field: Any = model._meta.get_field(column)
    is_text = field.db_type(connection) in _AS_TEXT[vendor]
    return Cast(column, TextField()) if is_text and (model is not Obligation or vendor == "sqlite") else column


def _with_keys(params: Sequence[Any], keys: Sequence[int]) -> list[Any]:
    return [keys[-1 - param] if isinstance(param, int) and param < 0 else param for param in params]
