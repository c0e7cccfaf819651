"""Erasure (GDPR, article 17): words are removed from all versions of a row; who recorded it, when and why stays.

An administrator chooses a row, columns of it, and either words in them or their whole text. The same words in other
rows of the same trajectory (motion, commitment, request) are found, and removed where the administrator chooses so.
Copies made by the application, such as mails, are always erased too: see ``reach``. The erased words are not stored.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from datetime import date, datetime
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models import Changeset, Erasure, Obligation, User
from participation.models.columns import AddressField, ListField
from participation.models.fields import ImpreciseDateField
from participation.models.labels import LABELS
from participation.models.texts import free_text_columns
from participation.selectors.obligations.judging import OWNER_MODELS
from participation.services.assessment import chunks
from participation.services.changes.changesets import ChangesetWriter, record_changeset
from participation.services.exports import archives

from .reach import COPIES, ERASABLE_TABLES, CopyTable, owner_of, rows_of
from .words import REPLACEMENT, ErasedWords, text_parts

#: Maximum and minimum length in characters of the words to remove.
MAX_WORDS_LENGTH, MIN_WORDS_LENGTH = 2_000, 2
#: Shorter whole texts are not searched elsewhere: a text like "yes" occurs in too many mails.
_MIN_SEARCH_LENGTH = 6


class ErasureTarget(NamedTuple):
    """What to erase: words from these columns of one row, or without words the whole text of the columns."""

    table: str
    pk: int
    columns: tuple[str, ...]
    words: str = ""


class ErasurePlace(NamedTuple):
    """A row that contains the words: its columns, the number of versions, and whether the row still exists."""

    table: str
    pk: int
    title: str
    columns: tuple[str, ...]
    versions: int
    is_there: bool


class ErasureMatches(NamedTuple):
    """Where the words occur: in the row itself, in others of the same owner, and the number of copies."""

    place: ErasurePlace
    others: tuple[ErasurePlace, ...]
    copies: int


class NothingFound(Exception):
    """Raised where the words do not occur in the chosen row and columns."""


def erasable_columns(model: Any) -> tuple[str, ...]:
    """Return the columns of a model that can be erased from; of an imprecise date only its original text."""
    dates = [field.name for field in model._meta.concrete_fields if isinstance(field, ImpreciseDateField)]
    return (*free_text_columns(model), *dates)


def last_version(table: str, pk: int) -> Any:
    """Return the row with this key, else its last historical version; None where it never existed."""
    model: Any = ERASABLE_TABLES[table].model
    row = model._base_manager.filter(pk=pk).first()
    if row is None and hasattr(model, "history"):
        row = model.history.filter(id=pk).order_by("-history_id").first()
    return row


def stored_values(target: ErasureTarget) -> dict[str, tuple[Any, ...]]:
    """Return the distinct values that each column has or had, the current one last."""
    found: dict[str, dict[str, Any]] = {column: {} for column in target.columns}
    for row in _versions_of(target.table, target.pk):
        for column in target.columns:
            value = row[column]
            if any(_texts_in(value)):
                found[column].pop(repr(value), None)
                found[column][repr(value)] = value
    return {column: tuple(values.values()) for column, values in found.items()}


def find_matches(target: ErasureTarget) -> ErasureMatches:
    """Return where the words occur. Raises NothingFound where they do not occur in the chosen row."""
    words = words_to_erase(target)
    model: Any = ERASABLE_TABLES[target.table].model
    matches = words.occur_in if target.words else _has_text
    place = _find_place(model, target.pk, list(_versions_of(target.table, target.pk)), target.columns, matches)
    if place is None:
        raise NothingFound
    owner = owner_of(last_version(target.table, target.pk))
    others = tuple(_other_places(owner, words, target)) if owner else ()
    return ErasureMatches(place, others, sum(_remove_from_copies(words, owner, dry_run=True)))


def words_to_erase(target: ErasureTarget) -> ErasedWords:
    """Return the words to erase: those given, else every text that the columns have or had."""
    if target.words:
        return ErasedWords([target.words])
    values = (value for values in stored_values(target).values() for value in values)
    return ErasedWords(text for value in values for text in _texts_in(value) if len(text) >= _MIN_SEARCH_LENGTH)


def validate_erasure(target: ErasureTarget, reason: str) -> None:
    """Raise ValidationError, by field, where this erasure is not allowed; changes nothing."""
    errors: dict[str, Any] = {}
    if not target.columns:
        errors["columns"] = _("Choose at least one part of it.")
    if target.words and not MIN_WORDS_LENGTH <= len(target.words.strip()) <= MAX_WORDS_LENGTH:
        errors["words"] = _("Write %(least)s to %(most)s characters.") % {
            "least": MIN_WORDS_LENGTH,
            "most": MAX_WORDS_LENGTH,
        }
    if not reason.strip():
        errors["reason"] = _("Write why: everyone can read it.")
    elif not errors and _repeats_words(reason, words_to_erase(target), bool(target.words)):
        errors["reason"] = _("The reason repeats what is removed, and everyone can read the reason. Say it otherwise.")
    if errors:
        raise ValidationError(errors)


def erase(
    target: ErasureTarget,
    others: Collection[tuple[str, int]],
    reason: str,
    by: User,
    *,
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
) -> Erasure:
    """Erase the words from the row and from ``others``, as far as ``find_matches`` returns them; return its record.

    All or nothing, and irreversible. Raises ValidationError as ``validate_erasure`` does, and NothingFound.
    """
    validate_erasure(target, reason)
    with transaction.atomic():
        row = last_version(target.table, target.pk)
        owner_key = owner_of(row) if row is not None else None
        owner: Any = OWNER_MODELS[owner_key[0]]._default_manager.get(pk=owner_key[1]) if owner_key else None
        label = ErasedWords([target.words]).remove(row_label(row)) if row is not None else ""
        context: Any = nullcontext(ChangesetWriter(by, now))
        if owner:
            context = record_changeset(by, owner, "erased", about=label, rulebooks=rulebooks, today=today, now=now)
        # Searched while the owner is locked, so that no concurrent save can add the words again.
        with context as recorder:
            found, words = find_matches(target), words_to_erase(target)
            chosen = [place for place in found.others if (place.table, place.pk) in set(others)]
            _remove(found.place, words, recorder, whole_text=not target.words)
            for place in chosen:
                _remove(place, words, recorder, whole_text=False)
        places = [found.place, *chosen]
        changeset = recorder.changeset
        if owner_key and changeset is None:
            changeset = Changeset.objects.create(**{owner_key[0]: owner}, by=by, at=now, verb="erased", about=label)
        copies = sum(_remove_from_copies(words, owner_key))
        erasure = Erasure.objects.create(
            **({owner_key[0]: owner} if owner_key else {}),
            by=by,
            at=now,
            reason=reason.strip(),
            scope="words" if target.words else "text",
            places=[[place.table, place.pk, list(place.columns)] for place in places],
            rows=len(places),
            versions=sum(place.versions for place in places),
            copies=copies,
            changeset=changeset,
        )
        # Cached archives and open data contain the words, also for a row shared by several trajectories.
        archives.clear_all_caches()
    return erasure


# ---------------------------------------------------------------- finding


def _versions_of(table: str, pk: int) -> Iterator[dict[str, Any]]:
    """Yield the columns of each version of a row, the oldest first, and of the row itself last."""
    model: Any = ERASABLE_TABLES[table].model
    columns = erasable_columns(model)
    if hasattr(model, "history"):
        yield from model.history.filter(id=pk).order_by("history_id").values("history_id", *columns)
    yield from model._base_manager.filter(pk=pk).values(*columns)


def _other_places(owner: tuple[str, int], words: ErasedWords, target: ErasureTarget) -> Iterator[ErasurePlace]:
    """Yield the other rows of this owner that contain the words, and the other columns of the row itself."""
    for table, chosen in ERASABLE_TABLES.items():
        model, columns = chosen.model, erasable_columns(chosen.model)
        rows, history = rows_of(chosen, *owner)
        versions: dict[int, list[dict[str, Any]]] = {}
        for version in history.values("id", "history_id", *columns) if history is not None else ():
            versions.setdefault(version["id"], []).append(version)
        for row in rows.values("pk", *columns):
            versions.setdefault(row["pk"], []).append(row)
        for pk, row_versions in sorted(versions.items()):
            rest = [c for c in columns if (table, pk) != (target.table, target.pk) or c not in target.columns]
            if place := _find_place(model, pk, row_versions, rest, words.occur_in):
                yield place


def _find_place(
    model: Any, pk: int, versions: list[dict[str, Any]], columns: Iterable[str], matches: Callable[[Any], bool]
) -> ErasurePlace | None:
    matching = {column for version in versions for column in columns if matches(version[column])}
    if not matching:
        return None
    is_there = any("history_id" not in version for version in versions)
    matching_versions = [v for v in versions if "history_id" in v and any(matches(v[c]) for c in matching)]
    row = last_version(model._meta.model_name, pk)
    return ErasurePlace(
        model._meta.model_name,
        pk,
        row_label(row),
        tuple(c for c in columns if c in matching),
        len(matching_versions),
        is_there,
    )


def row_label(row: Any) -> str:
    """Return a label of a row by its ref or number: never by its text, which may be what is erased."""
    model = ERASABLE_TABLES[str(row._meta.model_name).removeprefix("historical")].model
    name = next((getattr(row, key) for key in ("ref", "number", "rule", "slug") if getattr(row, key, "")), "")
    return f"{model._meta.verbose_name} {name}".strip()


def _has_text(value: Any) -> bool:
    return any(_texts_in(value))


def _texts_in(value: Any) -> Iterator[str]:
    """Yield the texts in a value, without words of the vocabulary."""
    if isinstance(value, str):
        if value.strip() and value not in LABELS and value != REPLACEMENT:
            yield value
    elif isinstance(value, ImpreciseDate):
        yield from _texts_in(value.text)
    elif isinstance(value, Mapping):
        for inner in text_parts(value).values():
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


def _repeats_words(reason: str, words: ErasedWords, is_given: bool) -> bool:
    """Return whether a reason repeats what is erased: all of it, a number, a name in it, or part of a sentence."""
    if words.remove(reason) != reason:
        return True
    content = f" {' '.join(reason.casefold().split())} "
    digits = "".join(character for character in content if character.isdigit())
    for text in words.words:
        tokens = [token.strip(".,;:!?()“”\"'") for token in text.casefold().split()]
        number = "".join(character for character in text if character.isdigit())
        if len(number) >= 6 and number in digits:
            return True
        if any(
            len(token) >= 4 and any(character.isdigit() for character in token) and token in content for token in tokens
        ):
            return True
        is_name = is_given and len(tokens) <= 4
        pieces = tokens if is_name else [" ".join(tokens[i : i + 3]) for i in range(len(tokens) - 2)]
        if any(len(piece) >= 4 and f" {piece}" in content for piece in pieces):
            return True
    return False


# ---------------------------------------------------------------- removing


def _remove(place: ErasurePlace, words: ErasedWords, recorder: ChangesetWriter, whole_text: bool) -> None:
    """Remove the words from all versions of a row, then from the row itself, which gets a new version."""
    model: Any = ERASABLE_TABLES[place.table].model
    if hasattr(model, "history"):
        versions: Any = model.history.model._base_manager.filter(id=place.pk)
        for version in versions.values("history_id", "history_change_reason", *place.columns):
            changes = _changes(model, version, place.columns, words, whole_text)
            if reason := version["history_change_reason"]:
                changes["history_change_reason"] = words.remove(reason)
            if changes:
                versions.filter(history_id=version["history_id"]).update(**changes)
    row = model._base_manager.filter(pk=place.pk).first()
    if row is None:
        return
    changes = _changes(model, {c: getattr(row, c) for c in place.columns}, place.columns, words, whole_text)
    if not hasattr(model, "history"):
        model._base_manager.filter(pk=place.pk).update(**changes)
        return
    for column, value in changes.items():
        setattr(row, column, value)
    # Also where the row no longer has the words: a new version invalidates responses cached by ETag.
    recorder.restore(row)


def _changes(
    model: Any, version: Mapping[str, Any], columns: Iterable[str], words: ErasedWords, whole_text: bool
) -> dict[str, Any]:
    found = {}
    for column in columns:
        value, field = version[column], model._meta.get_field(column)
        cleaned = _blank(value) if whole_text else words.remove_from(value, keep_keys=True)
        if cleaned != value:
            found[column] = _fitting(cleaned, field)
    return found


def _fitting(cleaned: Any, field: Any) -> Any:
    """Return a value without the words as the column can hold it: nothing of an address, nor of what is no text."""
    if isinstance(field, AddressField):
        return ""
    if isinstance(field, ListField) and field.keys:
        return field.without_invalid(cleaned)
    return _truncate_to_field(cleaned, field)


def _blank(value: Any) -> Any:
    """Return the value that replaces a whole text: non-empty stays non-empty, because rules check for that."""
    if isinstance(value, str):
        return REPLACEMENT if any(_texts_in(value)) else value
    if isinstance(value, ImpreciseDate):
        return value._replace(text="")
    if isinstance(value, Mapping):
        parts = text_parts(value)
        return {key: _blank(inner) if key in parts else inner for key, inner in value.items()}
    if isinstance(value, list):
        found: list[Any] = []
        for item in value:
            cleaned, number = _blank(item), 2
            while isinstance(cleaned, str) and cleaned != item and cleaned in found:
                cleaned, number = f"{REPLACEMENT} {number}", number + 1
            found.append(cleaned)
        return found
    return value


def _truncate_to_field(value: Any, field: Any) -> Any:
    max_length = getattr(field, "max_length", None)
    return value[:max_length] if max_length and isinstance(value, str) else value


def _remove_from_copies(words: ErasedWords, owner: tuple[str, int] | None, dry_run: bool = False) -> Iterator[int]:
    """Remove the words from the copies, or only count them (``dry_run``); yield the number of rows per table."""
    if not words:
        return
    for copies in COPIES:
        yield _remove_from_copy(copies, words, owner, dry_run)
    yield _remove_from_sessions(words, dry_run)


def _remove_from_copy(copies: CopyTable, words: ErasedWords, owner: tuple[str, int] | None, dry_run: bool) -> int:
    rows = copies.model._base_manager.filter(copies.row_filter)
    if copies.model is Obligation:
        # Details of obligations only contain text of their owner; filtering avoids a scan of what may be millions.
        rows = rows.filter(**{owner[0]: owner[1]}) if owner else rows.none()
    fields = [copies.model._meta.get_field(column) for column in copies.columns]
    if not any(isinstance(field, models.JSONField) for field in fields):
        rows = rows.filter(words.candidate_filter(copies.columns))
    count = 0
    for keys in chunks(rows):
        for row in list(copies.model._base_manager.filter(pk__in=keys).values("pk", *copies.columns)):
            changes = {c: cleaned for c in copies.columns if (cleaned := _without_words(words, row[c])) != row[c]}
            count += bool(changes)
            if changes and not dry_run:
                fitting = {
                    c: _truncate_to_field(value, copies.model._meta.get_field(c)) for c, value in changes.items()
                }
                copies.model._base_manager.filter(pk=row["pk"]).update(**fitting)
    return count


def _without_words(words: ErasedWords, value: Any) -> Any:
    return words.remove_from_json(value) if isinstance(value, str) else words.remove_from(value)


def _remove_from_sessions(words: ErasedWords, dry_run: bool) -> int:
    """Remove the words from sessions, where these are stored in the database."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        return 0
    count = 0
    for session in Session.objects.iterator(500) if dry_run else list(Session.objects.all()):
        content = store().decode(session.session_data)
        cleaned = words.remove_from(content)
        if cleaned != content:
            count += 1
            if not dry_run:
                Session.objects.filter(pk=session.pk).update(session_data=store().encode(cleaned))
    return count


# ---------------------------------------------------------------- after a restore


def recorded_erasures() -> list[dict[str, Any]]:
    """Return every erasure as JSON, oldest first and without the words: the input of ``repeat_erasures``."""
    rows = Erasure.objects.order_by("at", "pk").select_related("by")
    return [
        {"at": row.at.isoformat(), "by": row.by.get_username(), "reason": row.reason, "scope": row.scope}
        | {"places": row.places}
        for row in rows
    ]


class RepeatedErasures(NamedTuple):
    """Result of repeating erasures: the number of texts removed again, and the rows that need manual removal."""

    erased: int
    manual_rows: tuple[str, ...]


def repeat_erasures(
    erasures: Iterable[Mapping[str, Any]], by: User, *, rulebooks: Rulebooks, today: date, now: datetime
) -> RepeatedErasures:
    """Erase again the whole texts of these erasures, where a restored backup brought them back.

    Words erased from within a text are no longer known: the rows that contained them are returned for manual removal.
    """
    existing = set(Erasure.objects.values_list("at", flat=True))
    erased, manual_rows = 0, []
    for erasure in erasures:
        if datetime.fromisoformat(erasure["at"]) in existing:
            continue
        (table, pk, columns), *others = erasure["places"]
        if erasure["scope"] != "text":
            others = erasure["places"]
        elif table in ERASABLE_TABLES and last_version(table, pk) is not None:
            target = ErasureTarget(table, pk, tuple(columns))
            try:
                erase(target, (), erasure["reason"], by, rulebooks=rulebooks, today=today, now=now)
                erased += 1
            except NothingFound:
                pass
        manual_rows += [f"{table} {pk}: {', '.join(columns)}" for table, pk, columns in others]
    return RepeatedErasures(erased, tuple(dict.fromkeys(manual_rows)))
