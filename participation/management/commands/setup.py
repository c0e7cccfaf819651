"""Management command: what a new installation needs before its first trajectory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone, translation

from participation.dossier.errors import DossierError
from participation.interchange.neighbourhoods import LEVELS, MUNICIPALITY, read_areas
from participation.interchange.organisations import read_organisations
from participation.management import base
from participation.models import Neighbourhood, Organisation, User
from participation.presentation.first_run import step_texts
from participation.selectors.first_run import delivers_mail, first_steps
from participation.services.accounts.invitations import (
    Invitation,
    Invitee,
    ensure_administrators,
    invite,
    send_invitation,
)
from participation.services.mail.checks import send_test_message
from participation.services.neighbourhoods_import import import_areas
from participation.services.organisations_import import import_organisations

from .import_organisations import summary_lines

T = TypeVar("T")
_MAIL_REMEDY = "For mail that arrives, set EMAIL_URL to a mail server, and run this again."


class Command(base.TrackerCommand):
    """Ask what is needed, or take it from arguments. Running it again changes nothing that is there."""

    help = (
        "Set up a new installation: check the settings, test the mail, invite the first administrator, and import "
        "neighbourhoods and organisations. It asks for what is not given, unless there is --no-input. Settings are "
        "variables of the environment: this command says which to set, and writes none. Running it again changes "
        "nothing that is there."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("--name", help='the municipality, as every page shows it, like "gemeente Onze Stad"')
        parser.add_argument("--rulebook", metavar="NAME|FILE", help="the rulebook to use, or several with commas")
        parser.add_argument("--test-mail", metavar="ADDRESS", help="send a test message to this address")
        parser.add_argument("--administrator", metavar="ADDRESS", help="invite the first administrator by mail")
        parser.add_argument("--administrator-name", metavar="NAME", help='first and last name, like "Noor de Wit"')
        parser.add_argument("--neighbourhoods", metavar="FILE", help="import neighbourhoods from a file of CBS")
        parser.add_argument("--municipality", metavar="GM0546", help="the code of the municipality in that file")
        parser.add_argument("--level", choices=LEVELS, default="wijken", help="areas to import (default: wijken)")
        parser.add_argument("--organisations", metavar="FILE", help="import organisations from a sheet, CSV or XLSX")
        parser.add_argument("--migrate", action="store_true", help="create or migrate the tables first")
        parser.add_argument("--no-input", dest="interactive", action="store_false", help="ask nothing")

    def handle(self, **options: Any) -> None:
        """Set up the installation. Raises CommandError, which says what to do, where something could not be done."""
        self.interactive: bool = options["interactive"]
        # As the other commands: their texts are in English.
        with translation.override("en"):
            self._migrate(options["migrate"])
            lines = self._settings(options)
            ensure_administrators()
            problems = self._test_mail(options)
            # What was asked is stored step by step; what was given, as a whole or not at all.
            with nullcontext() if self.interactive else transaction.atomic():
                self._neighbourhoods(options)
                self._organisations(options)
                invitation = self._administrator(options)
            problems += self._send(invitation)
            self._write_summary(lines)
        if problems:
            raise CommandError("\n".join(problems), returncode=base.FAILED)

    # ---------- the steps

    def _migrate(self, consent: bool) -> None:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        self._heading("Tables")
        if not consent and self.interactive:
            question = "The tables are not there yet, or not up to date. Make them now? [yes/no]"
            consent = bool(self._ask(question, _yes_or_no))
        if not consent:
            remedy = "run `python manage.py migrate`, or give --migrate"
            raise CommandError(f"The tables are not up to date: {remedy}.", returncode=base.FAILED)
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        self.stdout.write("The tables are up to date.")

    def _settings(self, options: dict[str, Any]) -> list[str]:
        """Explain the settings; return the lines that are still to be put in the environment."""
        self._heading("Settings")
        if not settings.HAS_SECRET:
            raise CommandError(
                "SECRET_KEY is not set: links in mails could not be used. Make one, and put it in the environment:\n"
                "  python3 -c 'import secrets; print(secrets.token_hex(32))'",
                returncode=base.FAILED,
            )
        name = options["name"] or self._ask_kept("Name of the municipality, as every page shows it", "MUNICIPALITY")
        rulebook = options["rulebook"] or self._ask_kept(
            "Rulebook: `basis` for any municipality, or a name or file of your own", "RULEBOOK", _rulebook
        )
        _rulebook(rulebook)
        lines = []
        if not settings.HAS_MUNICIPALITY or name != settings.MUNICIPALITY:
            lines.append(f'MUNICIPALITY="{name}"')
        if not settings.HAS_RULEBOOK or rulebook != settings.RULEBOOK:
            lines.append(f"RULEBOOK={rulebook}")
        self.stdout.write(f"BASE_URL           {settings.BASE_URL}: links in mails begin with it")
        self.stdout.write(f"EMAIL_URL          {_mail_destination()}")
        self.stdout.write(f"DEFAULT_FROM_EMAIL {settings.DEFAULT_FROM_EMAIL}: the sender of all mail")
        contact = settings.CONTACT_EMAIL or "not set: people do not read whom to ask for an account or for help"
        self.stdout.write(f"CONTACT_EMAIL      {contact}")
        return lines

    def _test_mail(self, options: dict[str, Any]) -> list[str]:
        self._heading("Mail")
        address = options["test_mail"] or self._ask(
            "A test message goes to which address? Enter: none is sent", _optional(_address)
        )
        if not address:
            return []
        problem = send_test_message(_address(address), "nl", timezone.now)
        if problem:
            return [f"The test message was not sent. {problem}\nCheck EMAIL_URL, and run this again."]
        if delivers_mail():
            self.stdout.write(f"A test message to {address} was taken by the mail server. See whether it arrives.")
        else:
            self.stdout.write(
                f"The test message to {address} stays on this machine: {_mail_destination()}. {_MAIL_REMEDY}"
            )
        return []

    def _neighbourhoods(self, options: dict[str, Any]) -> None:
        self._heading("Neighbourhoods")
        self.stdout.write(f"There are {Neighbourhood.objects.count()}.")

        def import_file(text: str) -> None:
            file, level = _file(text), options["level"]
            code = options["municipality"] or self._ask("Code of the municipality, like GM0546", _municipality_code)
            if not code:
                raise CommandError("--neighbourhoods needs --municipality, like GM0546.", returncode=base.FAILED)
            code = _municipality_code(code)
            with _named(file):
                areas = read_areas(file, file.name, code, level, with_shapes=True)
                found = import_areas(areas, code, level, None, timezone.now(), base.municipality_slug())
            for note in found.notes:
                self.stdout.write(note)
            self.stdout.write(f"{len(found.new)} added, {len(found.changed)} changed, {found.same} unchanged.")

        self._import(
            options["neighbourhoods"],
            "File of CBS or PDOK with the districts (CSV, XLSX, JSON, GeoJSON)? Enter: skip",
            import_file,
        )

    def _organisations(self, options: dict[str, Any]) -> None:
        self._heading("Organisations")
        self.stdout.write(f"There are {Organisation.objects.count()}.")

        def import_file(text: str) -> None:
            file = _file(text)
            with _named(file):
                parsed = read_organisations(file.name, file.read_bytes())
                found = import_organisations(parsed, base.municipality_slug(), None, timezone.now())
            for line in summary_lines(found):
                self.stdout.write(line)

        self._import(
            options["organisations"],
            "Sheet with the columns Naam, Soort and Wijken (CSV, XLSX)? Enter: skip",
            import_file,
        )

    def _import(self, given: str | None, question: str, import_file: Callable[[str], None]) -> None:
        """Import the given file; else ask for one, until it can be imported or is skipped."""
        if given:
            import_file(given)
        else:
            self._ask(question, _optional(import_file))

    def _administrator(self, options: dict[str, Any]) -> Invitation | None:
        self._heading("First administrator")
        address = options["administrator"]
        if not address:
            if known := User.objects.filter(is_superuser=True, is_active=True).count():
                self.stdout.write(f"There are {known}. They invite others on the website.")
                return None
            address = self._ask(
                "Address of the first administrator, who gets an invitation? Enter: skip", _optional(_address)
            )
        if not address:
            return None
        name = options["administrator_name"] or self._ask("First and last name of the administrator", _name)
        if not name and not User.objects.filter(email_key=_address(address)).exists():
            remedy = '--administrator needs --administrator-name, like "Noor de Wit"'
            raise CommandError(f"{remedy}.", returncode=base.FAILED)
        first, _space, last = _name(name).partition(" ") if name else ("", "", "")
        invitee = Invitee(_address(address), first, last, "administrator")
        try:
            return invite(invitee, None, timezone.now(), is_superuser=True)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages), returncode=base.FAILED) from None

    def _send(self, invitation: Invitation | None) -> list[str]:
        """Send the invitation, after everything is stored; return what went wrong."""
        if invitation is None:
            return []
        user = invitation.user
        if not invitation.user.is_administrator:
            return [f"{user.email} has an account that is no administrator, and keeps its role."]
        if not send_invitation(invitation):
            return [
                f"The account {user.username} was made, but its invitation could not be sent. Check EMAIL_URL and run "
                f"this again, or choose a password here: `python manage.py changepassword {user.username}`."
            ]
        if delivers_mail():
            self.stdout.write(f"An invitation to {user.email} was sent, with how to log in. Account: {user.username}.")
        else:
            self.stdout.write(
                f"The invitation to {user.email}, with how to log in, stays on this machine: {_mail_destination()}. "
                f"Account: {user.username}. {_MAIL_REMEDY} Or choose a password here: "
                f"`python manage.py changepassword {user.username}`."
            )
        return []

    def _write_summary(self, lines: list[str]) -> None:
        self._heading("What is done")
        for _code, is_done, text in step_texts(first_steps()):
            self.stdout.write(f"[{'x' if is_done else ' '}] {text.title}{'' if is_done else f': {text.how}'}")
        if lines:
            self.stdout.write("\nPut this in the environment of web, worker and beat, and restart them:")
            for line in lines:
                self.stdout.write(f"  {line}")
        self.stdout.write(f"\nLog in at {settings.BASE_URL}/inloggen/: the first page shows what comes next.")

    # ---------- asking

    def _heading(self, text: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"\n{text}"))

    def _ask(self, question: str, parse: Callable[[str], T]) -> T | None:
        """Return the parsed answer, asked until it is valid; None with --no-input."""
        while self.interactive:
            self.stdout.write(f"{question}")
            try:
                return parse(input("> ").strip())
            except EOFError:
                raise CommandError("There is nobody to ask: give --no-input.", returncode=base.FAILED) from None
            except CommandError as error:
                self.stdout.write(self.style.ERROR(str(error)))
        return None

    def _ask_kept(self, question: str, setting: str, parse: Callable[[str], str] = str) -> str:
        """Return the answer, or the value of this setting where the answer is empty."""
        value: str = getattr(settings, setting)
        answer = self._ask(f"{question}. Enter keeps: {value}", lambda text: parse(text) if text else value)
        return answer or value


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file in front of its problems. Raises CommandError."""
    try:
        yield
    except DossierError as error:
        message = f"{path}: not imported, nothing was stored\n{error}"
        raise CommandError(message, returncode=base.FAILED) from None


def _optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return a parser for which an empty answer is None."""
    return lambda text: parse(text) if text else None


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("y", "yes", "j", "ja", "n", "no", "nee"):
        raise CommandError("Answer yes or no.")
    return text.lower()[0] in "yj"


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise CommandError(f"{text!r} is no e-mail address.", returncode=base.FAILED) from None
    return text


def _name(text: str) -> str:
    if len(text.split()) < 2:
        raise CommandError("Write a first and a last name, with a space between them.", returncode=base.FAILED)
    return " ".join(text.split())


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise CommandError(f"{path}: no such file", returncode=base.FAILED)
    return path


def _municipality_code(text: str) -> str:
    if not MUNICIPALITY.fullmatch(text.upper()):
        raise CommandError(f"{text!r} is not the code of a municipality, like GM0546.", returncode=base.FAILED)
    return text.upper()


def _rulebook(text: str) -> str:
    base.rulebooks(text)
    return text


def _mail_destination() -> str:
    """Return where mail goes, without user name and password."""
    backend = settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]
    if backend == "smtp":
        return f"mail goes to {settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    if backend == "filebased":
        return "mail is not sent, but put into the folder of EMAIL_URL"
    return f"mail is not sent ({backend})"
