"""Sending the outbox from a command, and printing the result."""

from collections.abc import Mapping, Sequence

from django.core.management.base import CommandError
from django.utils import timezone

from participation.management import base
from participation.services.mail.sender import send_waiting


def send(command: base.TrackerCommand, failures: Sequence[Mapping[str, str]], unfinished: bool = False) -> None:
    """Send everything due in the outbox and print the counts.

    ``failures`` are mails that could not be made, ``unfinished`` is whether there is work left. Raises CommandError,
    after all else was sent, where there are failures, work is left, or a mail was refused or its delivery is uncertain.
    """
    sending = send_waiting(timezone.now)
    counts = sending.counts
    command.stdout.write(
        f"Outbox: {count_of(counts['sent'], 'e-mail')} sent, {counts['later']} to be retried, "
        f"{counts['held']} withheld, {counts['refused']} rejected, {counts['doubtful']} with unknown delivery."
    )
    # jsonb does not preserve the order of keys: the error comes last.
    ordered = [sorted(failure.items(), key=lambda pair: pair[0] == "error") for failure in failures]
    problems = [" · ".join(f"{name}: {text}" for name, text in pairs) for pairs in ordered]
    if unfinished:
        problems.append("Some chunks are unfinished; the worker retries them.")
    if sending.problem:
        problems.append(f"{sending.problem} (unsent e-mails stay in the outbox)")
    if counts["refused"] or counts["doubtful"]:
        problems.append("See the list of e-mails in the administration for the reasons.")
    if problems:
        lines = "\n".join(f"  {line}" for line in problems)
        raise CommandError(
            f"Completed with errors; the next run retries what can be retried:\n{lines}", returncode=base.FAILED
        )


def count_of(number: int, text: str) -> str:
    """Return "1 e-mail" or "2 e-mails"."""
    return f"{number} {text}" if number == 1 else f"{number} {text}s"
