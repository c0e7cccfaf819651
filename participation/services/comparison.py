"""The comparison between municipalities: publishing the totals of a year, and reading what others published."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.db.models import Q

from participation.compliance.rule_demand import demand_digest, shared_rules
from participation.compliance.rulebooks import Rulebooks
from participation.interchange.comparison.document import (
    ComparisonDocument,
    ComparisonError,
    read_document,
    rule_record,
    signed_document,
    year_records,
)
from participation.interchange.comparison.signing import fingerprint, is_fingerprint, public_jwk
from participation.models import ComparedMunicipality
from participation.selectors.statistics.comparison import compared_trajectories, count_trajectories


class Publisher(NamedTuple):
    """Who publishes: the slug, name and address of the municipality, and its private key."""

    municipality: str
    name: str
    address: str
    key: Ed25519PrivateKey


class PublishedComparison(NamedTuple):
    """What was published: the document, the year that was added (None where it was published before), and the key.

    ``has_new_key`` is whether it was signed with another key before.
    """

    content: bytes
    added_year: int | None
    has_new_key: bool


def year_record(municipality: str, rulebooks: Rulebooks, year: int, today: date) -> dict[str, Any]:
    """Return what may be published of a year: the totals of each rule that municipalities share."""
    judge = rulebooks.for_municipality(municipality)
    # The first rulebook also judges the trajectories of which the municipality is not recorded.
    municipalities = (municipality, "") if judge is rulebooks.first else (municipality,)
    last = date(year, 12, 31)
    shared = shared_rules()
    rules = {rule.id: rule for rule in judge.rules if rule.id in shared and rule.versions[0].first <= last}
    counts = count_trajectories(compared_trajectories(municipalities), rules.keys(), year)
    rows = (
        rule_record(rule.id, demand_digest(rule, judge, year), rule.strength, counts[rule.id])
        for rule in rules.values()
        if rule.id in counts
    )
    return {"year": year, "published_on": today.isoformat(), "rules": [row for row in rows if row]}


def publish_comparison(
    publisher: Publisher, rulebooks: Rulebooks, today: date, now: datetime, *, is_dry_run: bool = False
) -> PublishedComparison:
    """Publish the totals of the last year that is over, beside the years that were published before.

    A year is published once. Two versions of the figures of a year would tell, side by side, what became of the few
    trajectories in between. Raises ComparisonError where there is nothing to publish.
    """
    public_key, year = public_jwk(publisher.key)["x"], today.year - 1
    with transaction.atomic():
        # After the loss of a database, what was published is first read again, like that of another municipality.
        known = Q(is_own=True) | Q(slug=publisher.municipality)
        own = ComparedMunicipality.objects.select_for_update().filter(known).order_by("-is_own").first()
        if own and own.slug != publisher.municipality:
            raise ComparisonError(
                f"The totals of {own.slug} were published here before, and this is {publisher.municipality}. Set "
                "MUNICIPALITY to what it was."
            )
        _refuse_shared_key(public_key, publisher.municipality)
        years = year_records(own.content.encode()) if own else []
        is_new = all(record["year"] != year for record in years)
        if is_new:
            record = year_record(publisher.municipality, rulebooks, year, today)
            if not record["rules"]:
                raise ComparisonError(
                    f"There is nothing to publish of {year}: under no shared rule five public trajectories were "
                    "judged. Nothing was published, so it can be done later."
                )
            years = [*years, record]
        content = signed_document(publisher.municipality, publisher.name, publisher.address, years, publisher.key)
        # What nobody would accept is not published either.
        document = read_document(content)
        if not is_dry_run:
            _store(document, content, now, is_own=True)
    return PublishedComparison(content, year if is_new else None, bool(own and own.public_key != public_key))


def receive_comparison(content: bytes, expected: str, confirmation: str, today: date, now: datetime) -> bool:
    """Store what this municipality (a slug) published, and return whether anything in it is new.

    ``confirmation`` is the fingerprint of the key as somebody got it from the municipality; "" where it was confirmed
    before. Raises ComparisonError, with nothing stored, where the document is not accepted.
    """
    document = read_document(content)
    if document.municipality != expected:
        raise ComparisonError(
            f"This is the comparison of {document.municipality}, not of {expected}. Check the address, or read it as "
            f"that of {document.municipality}."
        )
    _refuse_unfinished_years(document, today)
    with transaction.atomic():
        before = ComparedMunicipality.objects.select_for_update().filter(slug=expected).first()
        if before and before.is_own:
            raise ComparisonError(f"{expected} is the municipality of this installation. Read that of another one.")
        _refuse_shared_key(document.public_key, expected)
        if before is None:
            _require_confirmation(document, confirmation)
        else:
            _refuse_another_key(document, before)
            _refuse_changed_years(content, before)
        if before and before.content == content.decode():
            return False
        _store(document, content, now)
    return True


def forget_municipality(slug: str) -> bool:
    """Remove what another municipality published and the key that it is known by; return whether it was known.

    What was published here stays: else a year could be published twice.
    """
    return bool(ComparedMunicipality.objects.filter(slug=slug, is_own=False).delete()[0])


def own_content() -> str | None:
    """Return the document that was published here; None where there is none."""
    return ComparedMunicipality.objects.filter(is_own=True).values_list("content", flat=True).first()


def _store(document: ComparisonDocument, content: bytes, now: datetime, *, is_own: bool = False) -> None:
    columns: Mapping[str, Any] = {
        "name": document.name,
        "public_key": document.public_key,
        "is_own": is_own,
        "last_year": document.years[-1].year,
        "content": content.decode(),
        "received_at": now,
    }
    ComparedMunicipality.objects.update_or_create(slug=document.municipality, defaults=columns)


def _refuse_unfinished_years(document: ComparisonDocument, today: date) -> None:
    wrong = next(
        (
            found.year
            for found in document.years
            if found.year >= today.year or found.published_on.year <= found.year or found.published_on > today
        ),
        None,
    )
    if wrong is not None:
        raise ComparisonError(
            f"The figures of {wrong} were published before that year was over, or on a day that has yet to come. Check "
            "the date of this machine, or ask the municipality to publish its comparison again."
        )


def _refuse_shared_key(public_key: str, slug: str) -> None:
    other = ComparedMunicipality.objects.filter(public_key=public_key).exclude(slug=slug).first()
    if other:
        raise ComparisonError(
            f"The key of {slug} is that of {other.slug}. Each municipality has a key of its own: one of the two must "
            "make a new one with `manage.py comparison new-key FILE`."
        )


def _require_confirmation(document: ComparisonDocument, confirmation: str) -> None:
    if is_fingerprint(confirmation, document.public_key):
        return
    name, found = document.municipality, fingerprint(document.public_key)
    if confirmation:
        raise ComparisonError(
            f"The fingerprint that was given is not that of the key of {name}, which is {found}. Ask {name} for its "
            "fingerprint again, and do not read the document while they differ."
        )
    raise ComparisonError(
        f"The key of {name} is not known here yet. Its fingerprint is:\n\n    {found}\n\nAsk somebody at {name} for "
        "theirs, by telephone or in another way than where the document came from. If they are the same, run this "
        "command again with --confirm and the fingerprint that they gave."
    )


def _refuse_another_key(document: ComparisonDocument, before: ComparedMunicipality) -> None:
    if document.public_key == before.public_key:
        return
    name = before.slug
    raise ComparisonError(
        f"The document is signed with another key than the one that was confirmed for {name}: its fingerprint is "
        f"{fingerprint(document.public_key)}. Ask {name} whether it made a new key. Only if it did: run `manage.py "
        f"comparison forget {name}`, and read the document again with --confirm."
    )


def _refuse_changed_years(content: bytes, before: ComparedMunicipality) -> None:
    found = {record["year"]: record for record in year_records(content)}
    stored = year_records(before.content.encode())
    if max(found) < before.last_year:
        raise ComparisonError(
            f"The document is older than the one that is here: it ends in {max(found)}, and that of {before.slug} in "
            f"{before.last_year}. Fetch the newest one from its address."
        )
    changed = next((record["year"] for record in stored if found.get(record["year"]) != record), None)
    if changed is not None:
        raise ComparisonError(
            f"The figures of {changed} differ from those that {before.slug} published before. A year is published "
            f"once: ask {before.slug} to publish its comparison with the figures that it had."
        )
