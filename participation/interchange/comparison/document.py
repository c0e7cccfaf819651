"""The document of a municipality: totals per year and per shared rule, with its key and its signature."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft202012Validator, FormatChecker, validators

from participation.compliance.small_counts import SMALLEST_COUNT, PublishedParts, published_parts
from participation.compliance.vocabulary import STRENGTHS
from participation.dossier.errors import DossierError, pointer
from participation.dossier.parser import read_json
from participation.dossier.schema_fields import MAX_COUNT
from participation.selectors.statistics.comparison import COMPARED_OUTCOMES

from .signing import canonical_json, is_signed, public_jwk, sign

#: Maximum size of a document in bytes, and of what it lists.
MAX_BYTES: Final = 1_000_000
MAX_YEARS, MAX_RULES = 50, 500
FORMAT_VERSION: Final = 1
_FIRST_YEAR: Final = 2000


class ComparisonError(ValueError):
    """A document is refused, or cannot be made; the message names the remedy."""


class RuleTotals(NamedTuple):
    """The published totals of one rule in one year: the digest of what it demanded, its strength and its counts."""

    rule: str
    demand: str
    strength: str
    counts: PublishedParts

    @property
    def in_time(self) -> int | None:
        """Return in how many trajectories it was met in time; None where those were fewer than five."""
        return self.counts.parts[COMPARED_OUTCOMES.index("in_time")]

    @property
    def in_time_shares(self) -> tuple[float, float]:
        """Return between which two shares of the trajectories it was met in time, 0 to 1."""
        if self.in_time is None:
            return 0.0, min(1.0, (SMALLEST_COUNT - 1) / self.counts.lowest)
        return self.in_time / self.counts.highest, self.in_time / self.counts.lowest


class YearTotals(NamedTuple):
    """The totals of one year, and the day on which they were published."""

    year: int
    published_on: date
    rules: tuple[RuleTotals, ...]


class ComparisonDocument(NamedTuple):
    """What a municipality published: its slug, name and address, the public key, and its years, oldest first."""

    municipality: str
    name: str
    address: str
    public_key: str
    years: tuple[YearTotals, ...]


def rule_record(rule: str, demand: str, strength: str, counts: Mapping[str, int]) -> dict[str, Any] | None:
    """Return the record of a rule with what may be published of these counts; None where they are fewer than five."""
    found = published_parts([counts.get(outcome, 0) for outcome in COMPARED_OUTCOMES])
    if found.lowest < SMALLEST_COUNT:
        return None
    return {
        "rule": rule,
        "demand": demand,
        "strength": strength,
        **dict(zip(COMPARED_OUTCOMES, found.parts, strict=True)),
        "judged": {"from": found.lowest, "to": found.highest},
    }


def signed_document(
    municipality: str, name: str, address: str, years: Sequence[Mapping[str, Any]], key: Ed25519PrivateKey
) -> bytes:
    """Return the document as it is published: signed, and with the public key beside it."""
    content = {
        "comparison": FORMAT_VERSION,
        "municipality": municipality,
        "name": name,
        "address": address,
        "years": list(years),
    }
    signature = sign(canonical_json(content), key)
    return canonical_json({"document": content, "key": public_jwk(key), "signature": signature})


def year_records(content: bytes) -> list[dict[str, Any]]:
    """Return the records of the years in a document that was read or made before."""
    found: list[dict[str, Any]] = json.loads(content)["document"]["years"]
    return found


def read_document(content: bytes) -> ComparisonDocument:
    """Return the document in these bytes, of which the signature is by the key beside it.

    Whose key that is, is for the reader to know. Raises ComparisonError.
    """
    if len(content) > MAX_BYTES:
        raise ComparisonError(
            f"The document is larger than {MAX_BYTES:,} bytes, so it is not read. Check that this is the address or "
            "the file of a comparison."
        )
    data = _checked(content)
    if not is_signed(canonical_json(data["document"]), data["signature"], data["key"]["x"]):
        raise ComparisonError(
            "The signature does not belong to this document: something in it was altered after it was signed. Fetch it "
            "again; if that does not help, ask the municipality to publish it again."
        )
    return _document(data)


# Memoized: every visitor of the page reads the same documents.
@lru_cache(maxsize=100)
def stored_document(content: str) -> ComparisonDocument:
    """Return a document that ``read_document`` accepted before."""
    return _document(json.loads(content))


def _document(data: Mapping[str, Any]) -> ComparisonDocument:
    document, public_key = data["document"], data["key"]["x"]
    years = tuple(_year(record) for record in document["years"])
    return ComparisonDocument(document["municipality"], document["name"], document["address"], public_key, years)


def _checked(content: bytes) -> Any:
    """Return the JSON of a document in the format that is declared. Raises ComparisonError."""
    remedy = "Check that this is the address or the file of a comparison, and fetch it again."
    try:
        data = read_json(content)
    except DossierError as error:
        raise ComparisonError(f"The document cannot be read: {error.problems[0]}. {remedy}") from None
    version = data.get("document", {}) if isinstance(data, dict) else {}
    version = version.get("comparison") if isinstance(version, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ComparisonError(
            "The document is of a newer version of Leidraad. Update Leidraad here, then read it again."
        )
    problem = next(iter(_VALIDATOR.iter_errors(data)), None)
    if problem is not None:
        place = pointer(*problem.absolute_path)
        raise ComparisonError(f"The document is not a comparison in the format of Leidraad: see {place}. {remedy}")
    try:
        canonical_json(data)
    except UnicodeEncodeError:
        raise ComparisonError(f"The document has a character that does not exist. {remedy}") from None
    _check_figures(data["document"]["years"])
    return data


def _check_figures(years: Sequence[Mapping[str, Any]]) -> None:
    """Raise ComparisonError where the figures contradict one another."""
    numbers = [record["year"] for record in years]
    if numbers != sorted(set(numbers)):
        raise ComparisonError("The years are not in order. Ask the municipality to publish its comparison again.")
    for record in years:
        rules = [row["rule"] for row in record["rules"]]
        wrong = next((row["rule"] for row in record["rules"] if not _adds_up(row)), None)
        if wrong or len(set(rules)) < len(rules):
            raise ComparisonError(
                f"The figures of {record['year']} contradict one another ({wrong or 'a rule is there twice'}). Ask the "
                "municipality to publish its comparison again."
            )


def _adds_up(row: Mapping[str, Any]) -> bool:
    """Return whether the total is one that may be published with these counts."""
    parts = [row[outcome] for outcome in COMPARED_OUTCOMES]
    shown, hidden = sum(part or 0 for part in parts), parts.count(None)
    lowest, highest = row["judged"]["from"], row["judged"]["to"]
    return shown <= lowest <= highest <= shown + hidden * (SMALLEST_COUNT - 1)


def _year(record: Mapping[str, Any]) -> YearTotals:
    rules = tuple(
        RuleTotals(
            row["rule"],
            row["demand"],
            row["strength"],
            PublishedParts(
                tuple(row[outcome] for outcome in COMPARED_OUTCOMES), row["judged"]["from"], row["judged"]["to"]
            ),
        )
        for row in record["rules"]
    )
    return YearTotals(record["year"], date.fromisoformat(record["published_on"]), rules)


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(pattern: str, longest: int) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "maxLength": longest}


_SLUG: Final = _text(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", 100)
_LINE: Final = _text(r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+\Z", 200)
_COUNT: Final = {"type": "integer", "minimum": SMALLEST_COUNT, "maximum": MAX_COUNT}
_RULE: Final = _object(
    rule=_SLUG,
    demand=_text(r"^[0-9a-f]{64}\Z", 64),
    strength={"enum": list(STRENGTHS)},
    **{outcome: {**_COUNT, "type": ["integer", "null"]} for outcome in COMPARED_OUTCOMES},
    judged=_object(**{"from": _COUNT, "to": _COUNT}),
)
_YEAR: Final = _object(
    year={"type": "integer", "minimum": _FIRST_YEAR, "maximum": date.max.year},
    published_on={"type": "string", "format": "day"},
    rules={"type": "array", "items": _RULE, "maxItems": MAX_RULES},
)
SCHEMA: Final = _object(
    document=_object(
        comparison={"type": "integer", "const": FORMAT_VERSION},
        municipality=_SLUG,
        name=_LINE,
        address=_text(r"^https?://[^\s\u0000-\u0020\u007f]+\Z", 300),
        years={"type": "array", "items": _YEAR, "minItems": 1, "maxItems": MAX_YEARS},
    ),
    key=_object(crv={"const": "Ed25519"}, kty={"const": "OKP"}, x=_text(r"^[A-Za-z0-9_-]{43}\Z", 43)),
    signature=_text(r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+\Z", 1000),
)
_FORMATS: Final = FormatChecker(formats=())


@_FORMATS.checks("day", raises=ValueError)
def _is_day(value: Any) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) and date.fromisoformat(value))


def _is_whole_number(_checker: Any, value: Any) -> bool:
    # JSON Schema takes 12.0 for a whole number, and canonical JSON writes it as 12.
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Final = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole_number)
_VALIDATOR: Final = validators.extend(Draft202012Validator, type_checker=_TYPES)(SCHEMA, format_checker=_FORMATS)
