"""Management command: publish totals for other municipalities, and read what they published."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from participation.interchange.comparison.document import MAX_BYTES, ComparisonError, read_document
from participation.interchange.comparison.signing import (
    SigningKeyError,
    fingerprint,
    public_jwk,
    read_key,
    write_new_key,
)
from participation.management import base
from participation.models import ComparedMunicipality
from participation.selectors.statistics.comparison import COMPARED_OUTCOMES
from participation.services.comparison import (
    Publisher,
    forget_municipality,
    publish_comparison,
    receive_comparison,
)
from participation.services.webhooks.client import FetchError, WebhookClient


class Command(base.TrackerCommand):
    """Make a key, publish, read, list or forget; the private key never enters the database."""

    help = (
        "Compare with other municipalities: publish the totals of the last year that is over, signed with the key in "
        "COMPARISON_KEY, and read what others published."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        new_key = actions.add_parser("new-key", help="write a new private key to a file, and print its fingerprint")
        new_key.add_argument("file", metavar="FILE", type=Path)
        publish = actions.add_parser("publish", help="publish the totals of the last year that is over; once")
        publish.add_argument("--dry-run", action="store_true", help="print what would be published, and store nothing")
        read = actions.add_parser("read", help="read what a municipality published")
        read.add_argument("municipality", metavar="SLUG", help="whose it is, like utrecht")
        read.add_argument("source", metavar="FILE|URL", help="a file, or an address that begins with https://")
        read.add_argument(
            "--confirm",
            metavar="FINGERPRINT",
            default="",
            help="the fingerprint of its key, as the municipality gave it; only the first time",
        )
        actions.add_parser("list", help="list the municipalities that are compared, with their fingerprints")
        forget = actions.add_parser("forget", help="remove another municipality, with its key")
        forget.add_argument("municipality", metavar="SLUG")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the action. Raises CommandError where a document or a key is refused."""
        try:
            getattr(self, f"_{action.replace('-', '_')}")(**options)
        except (ComparisonError, SigningKeyError) as error:
            raise CommandError(str(error), returncode=base.FAILED) from None

    def _new_key(self, *, file: Path, **_options: Any) -> None:
        try:
            key = write_new_key(file)
        except FileExistsError:
            raise CommandError(f"{file}: this file exists already: name another one", returncode=base.FAILED) from None
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=base.FAILED) from None
        self.stdout.write(f"{file}: a new private key. Keep it secret, and keep a copy of it in a safe place.")
        self.stdout.write(f"Set COMPARISON_KEY={file.absolute()}, and restart Leidraad.")
        self._write_fingerprint(public_jwk(key)["x"])

    def _publish(self, *, dry_run: bool, **_options: Any) -> None:
        if not settings.COMPARISON_KEY:
            raise CommandError(
                "Publishing is switched off. Make a key with `manage.py comparison new-key FILE`, and set "
                "COMPARISON_KEY to the file.",
                returncode=base.FAILED,
            )
        key, (today, now) = read_key(settings.COMPARISON_KEY), base.today_and_now()
        publisher = Publisher(base.municipality_slug(), settings.MUNICIPALITY, settings.BASE_URL, key)
        done = publish_comparison(publisher, base.rulebooks(), today, now, is_dry_run=dry_run)
        document = read_document(done.content)
        last = document.years[-1]
        for row in last.rules:
            parts = zip(COMPARED_OUTCOMES, row.counts.parts, strict=True)
            numbers = ", ".join(f"{name} {'under 5' if part is None else part}" for name, part in parts)
            total = f"{row.counts.lowest} to {row.counts.highest}"
            total = str(row.counts.lowest) if row.counts.lowest == row.counts.highest else total
            self.stdout.write(f"{last.year}  {row.rule}: {total} trajectories: {numbers}")
        if dry_run:
            self.stdout.write("Nothing was published or stored: run this again without --dry-run.")
            return
        if done.added_year:
            self.stdout.write(f"Published the totals of {done.added_year}. Number of rules: {len(last.rules)}.")
        else:
            self.stdout.write(f"The totals of {last.year} were published before, and stay as they are.")
        if done.has_new_key:
            self.stdout.write("The key is a new one: the municipalities that read this must confirm it again.")
        self._write_fingerprint(document.public_key)

    def _read(self, *, municipality: str, source: str, confirm: str, **_options: Any) -> None:
        content, (today, now) = _content(source), base.today_and_now()
        is_new = receive_comparison(content, municipality, confirm, today, now)
        document = read_document(content)
        years = ", ".join(str(found.year) for found in document.years)
        text = "read" if is_new else "nothing is new since it was read before"
        self.stdout.write(f"{document.name}: {text}. It has the totals of {years}.")

    def _list(self, **_options: Any) -> None:
        rows = ComparedMunicipality.objects.order_by("slug")
        for row in rows:
            own = ", published here" if row.is_own else ""
            self.stdout.write(f"{row.slug}  {row.name}{own}: up to {row.last_year}\n    {fingerprint(row.public_key)}")
        if not rows:
            self.stdout.write("There are none yet: see `manage.py comparison publish` and `manage.py comparison read`.")

    def _forget(self, *, municipality: str, **_options: Any) -> None:
        if not forget_municipality(municipality):
            raise CommandError(
                f"{municipality} is not known here as another municipality: see `manage.py comparison list`.",
                returncode=base.FAILED,
            )
        self.stdout.write(f"{municipality} is not compared any more. To read it again, confirm its key anew.")

    def _write_fingerprint(self, public_key: str) -> None:
        self.stdout.write(f"Fingerprint, to give to other municipalities:\n    {fingerprint(public_key)}")


def _content(source: str) -> bytes:
    """Return what is in this file or at this address, at most one byte over the maximum. Raises CommandError."""
    if "://" not in source:
        try:
            with Path(source).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise CommandError(f"{source}: {error.strerror}", returncode=base.FAILED) from None
    client = WebhookClient()
    try:
        return client.fetch(source, MAX_BYTES)
    except FetchError as error:
        raise CommandError(f"{source}: {' '.join(str(error).splitlines())}", returncode=base.FAILED) from None
    finally:
        client.close()
