"""Bounces: parsing delivery status notifications, and pausing addresses that bounce too often."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import getaddresses
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop
from flufl.bounce import all_failures

from participation.models import Bounce, Follower, OutboundEmail, PausedAddress, User
from participation.models.addresses import email_key
from participation.presentation.mail import message_pk_of

#: Number of permanent bounces within a period after which an address is paused.
MAX_BOUNCES, BOUNCE_PERIOD = 3, timedelta(days=90)
PAUSE_REASON = gettext_noop("Mail to this address came back too often: nothing is sent to it.")

#: Maximum number of Message-IDs looked up per report: the quoted text may contain others.
_MAX_KEYS = 50
_MAX_REASON_LENGTH = 500
#: Headers with the address that a report came to; that a sender can write them does not matter, as it is signed.
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_MESSAGE_ID = re.compile(r"<([^<>@\s]{1,600})@[^<>@\s]+>")


class Malformed(ValueError):
    """Raised for input that is not a mail; the message is the reason."""


class NoBounce(ValueError):
    """Raised for a mail that is no bounce of ours; the message describes it, without an address."""


# ---------- parsing


def import_bounces(raw: bytes, at: datetime) -> list[Bounce]:
    """Record the bounces in this delivery report, and return those not recorded before.

    Idempotent by report. If the report is about a message of ours, the bounce is recorded for the address of that
    message, even where it was forwarded to another one. With the setting BOUNCE_EMAIL, only a report counts that came
    to the signed return path of a message: anybody can write the rest of it. Raises Malformed and NoBounce; then
    nothing is stored.
    """
    report = _parse_report(raw)
    temporary_failures, permanent_failures = _failures(report)
    message = _returned_message(report) if settings.BOUNCE_EMAIL else _quoted_message(report)
    key = _report_key(report, raw)
    reason = _diagnostic_code(report)
    if message is not None and message.to:
        rows = {message.to: bool(permanent_failures)}
    elif settings.BOUNCE_EMAIL and message is None:
        raise NoBounce("It did not come to the return path of a message of ours.")
    else:
        rows = {**dict.fromkeys(temporary_failures, False), **dict.fromkeys(permanent_failures, True)}
        rows = _known_addresses(rows)
    if not rows:
        raise NoBounce("It is about an address to which we send nothing.")
    with transaction.atomic():
        return record_bounces(
            Bounce(key=key, email=email, message=message, permanent=permanent, reason=reason, at=at)
            for email, permanent in rows.items()
        )


def _parse_report(raw: bytes) -> Mail:
    if not raw.strip():
        raise Malformed("It is empty: give the whole mail, with its headers.")
    # Skips the mbox "From " line, which some mail servers add too.
    report = message_from_bytes(re.sub(rb"\A\s*(From [^\n]*\n)?", b"", raw, count=1))
    if not report.keys():
        raise Malformed("It has no headers: give the whole mail, as the mail server delivered it.")
    if report.is_multipart() is False and report.get_content_maintype() == "multipart":
        raise Malformed("It ends before its first part: give the whole mail.")
    return report


def _failures(report: Mail) -> tuple[set[str], set[str]]:
    """Return the addresses with temporary and with permanent failures. Raises NoBounce."""
    status_parts = [part for part in report.walk() if part.get_content_type() == "message/delivery-status"]
    automatic = str(report.get("Auto-Submitted", "")).lower().startswith("auto-replied") or any(
        name in report for name in ("X-Autoreply", "X-Autorespond", "X-Vacation")
    )
    if automatic and not status_parts and "X-Failed-Recipients" not in report:
        raise NoBounce("It is an automatic reply.")
    try:
        temporary_failures, permanent_failures = all_failures(report)
    except Exception as error:  # third-party parser on arbitrary input
        raise NoBounce(f"It cannot be read as a report of a mail server ({type(error).__name__}).") from error
    found = set(_addresses(temporary_failures)), set(_addresses(permanent_failures))
    if not any(found):
        raise NoBounce("It is no report of mail that came back.")
    return found


def _addresses(found: Iterable[bytes]) -> Iterator[str]:
    for raw in found:
        address = raw.decode("ascii", "replace").strip()
        try:
            validate_email(address)
        except ValidationError:
            continue
        yield address


def _quoted_message(report: Mail) -> OutboundEmail | None:
    """Return our message that this report is about, found by the Message-ID it quotes."""
    quoted = [part for part in report.walk() if part is not report and "Message-ID" in part]
    names = [str(part["Message-ID"]) for part in quoted]
    # Reports quote the headers only, a part of the body, or only refer to it in References or In-Reply-To.
    names += [str(value) for name in ("References", "In-Reply-To") for value in report.get_all(name, [])]
    names += [_part_text(part) for part in report.walk() if part.get_content_maintype() in ("text", "message")]
    keys = list(dict.fromkeys(unquote(key) for name in names for key in _MESSAGE_ID.findall(name)))[:_MAX_KEYS]
    found = {row.key: row for row in OutboundEmail.objects.filter(key__in=keys)}
    return next((found[key] for key in keys if key in found), None)


def _returned_message(report: Mail) -> OutboundEmail | None:
    """Return our message to whose return path this report came, by the headers in which mail servers note that."""
    headers = [value for name in _RECIPIENT_HEADERS for value in report.get_all(name, [])]
    addresses = [address for _name, address in getaddresses([str(value) for value in headers[:_MAX_KEYS]])]
    keys = [key for address in addresses if (key := message_pk_of(address)) is not None]
    return OutboundEmail.objects.filter(pk__in=keys[:1]).first()


def _part_text(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _report_key(report: Mail, raw: bytes) -> str:
    """Return the idempotency key of this report: its Message-ID, else its checksum."""
    name = str(report.get("Message-ID", "")).strip()
    return f"report {name}" if 0 < len(name) < 180 else f"report {sha256(raw).hexdigest()}"


def _diagnostic_code(report: Mail) -> str:
    """Return the diagnostic code of the mail server; empty where there is none."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload():
            words = block.get("Diagnostic-Code") or block.get("Status") if isinstance(block, Mail) else None
            if words:
                return " ".join(str(words).split())[:_MAX_REASON_LENGTH]
    return ""


def _known_addresses(rows: dict[str, bool]) -> dict[str, bool]:
    """Return the addresses of users and followers; of other addresses (forged senders) nothing is stored."""
    known: set[str] = set()
    users: QuerySet[Any] = User.objects.all()
    followers: QuerySet[Any] = Follower.objects.all()
    for people in (users, followers):
        known.update(people.filter(email_key__in=list(rows)).values_list("email_key", flat=True))
    return {address: permanent for address, permanent in rows.items() if email_key(address) in known}


# ---------- pausing, and what is removed after its retention period


def pause_reasons_of(addresses: Iterable[str]) -> dict[str, str]:
    """Return those of these addresses that are paused, as normalised keys with the reason."""
    wanted = {email_key(address) for address in addresses}
    if not wanted:
        return {}
    rows = PausedAddress.objects.filter(email__in=wanted, lifted_at__isnull=True)
    return {key: reason or PAUSE_REASON for key, reason in rows.values_list("email", "reason")}


def record_bounces(bounces: Iterable[Bounce]) -> list[Bounce]:
    """Record these bounces, in the caller's transaction, and pause addresses that bounce too often.

    Returns the bounces not recorded before.
    """
    rows = list(bounces)
    known = set(Bounce.objects.filter(key__in={row.key for row in rows}).values_list("key", "email"))
    new = [row for row in rows if (row.key, email_key(row.email)) not in known]
    Bounce.objects.bulk_create(new)
    failed = [row for row in new if row.permanent]
    if failed:
        _pause_bouncing({email_key(row.email) for row in failed}, max(row.at for row in failed))
    return new


def _pause_bouncing(failed: Collection[str], at: datetime) -> None:
    """Pause those of these addresses with too many permanent bounces by then."""
    pauses = {row.email: row for row in PausedAddress.objects.filter(email__in=failed)}
    recent = Bounce.objects.filter(email__in=failed, at__gt=at - BOUNCE_PERIOD, permanent=True)
    counts: Counter[str] = Counter()
    for email, bounced_at in recent.values_list("email", "at"):
        resumed_at = pauses[email].lifted_at if email in pauses else None
        counts[email] += resumed_at is None or bounced_at > resumed_at
    bouncing = [email for email, count in counts.items() if count >= MAX_BOUNCES]
    paused_again = [pauses[email] for email in bouncing if email in pauses and pauses[email].lifted_at is not None]
    for row in paused_again:
        row.paused_at, row.reason, row.lifted_at = at, PAUSE_REASON, None
    PausedAddress.objects.bulk_update(paused_again, ["paused_at", "reason", "lifted_at"])
    new = [PausedAddress(email=email, paused_at=at, reason=PAUSE_REASON) for email in bouncing if email not in pauses]
    PausedAddress.objects.bulk_create(new, ignore_conflicts=True)


def unpause(paused: PausedAddress, now: datetime) -> bool:
    """Resume mail to this address; return whether it was paused."""
    return bool(unpause_all([paused.pk], now))


def unpause_all(keys: Collection[int], now: datetime) -> int:
    """Resume mail to these addresses, and return how many were paused.

    Messages withheld in the meantime are not sent by themselves: most are out of date.
    """
    return PausedAddress.objects.filter(pk__in=keys, lifted_at__isnull=True).update(lifted_at=now)


def delete_old_bounces(before: datetime) -> int:
    """Delete the bounces recorded before this moment, and return how many."""
    return Bounce.objects.filter(at__lt=before).delete()[0]


def delete_old_pauses(before: datetime) -> int:
    """Delete the pauses that were lifted before this moment, and older ones of an address that nobody uses any more.

    Returns how many. A pause that holds is kept as long as an account or a follower has the address.
    """
    used = Exists(User.objects.filter(email_key=OuterRef("email"))) | Exists(
        Follower.objects.filter(email_key=OuterRef("email"))
    )
    old = PausedAddress.objects.filter(Q(lifted_at__lt=before) | (Q(paused_at__lt=before) & ~used))
    return old.delete()[0]
