"""The commands setup and import_organisations: from an empty database to an administrator who can log in."""

from __future__ import annotations

import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from participation.models import Neighbourhood, Organisation, OutboundEmail, User
from tests import world

#: The test message is committed before it is sent.
pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]
CBS = "gwb_code_10;regio;gm_naam;recs\nGM0546;Onze Stad;Onze Stad;Gemeente\nWK054608;Meren;Onze Stad;Wijk\n"
SHEET = "Naam;Soort;Wijken\nWijk A;wijkraad;Meren\n"


@pytest.fixture(autouse=True)
def _configured(settings):
    settings.MUNICIPALITY, settings.HAS_MUNICIPALITY = "gemeente Onze Stad", True
    settings.RULEBOOK, settings.HAS_RULEBOOK = "basis", True


@pytest.fixture
def files(tmp_path):
    (tmp_path / "wijken.csv").write_text(CBS)
    (tmp_path / "organisaties.csv").write_text(SHEET)
    return [
        f"--neighbourhoods={tmp_path / 'wijken.csv'}",
        "--municipality=GM0546",
        f"--organisations={tmp_path / 'organisaties.csv'}",
    ]


ADMINISTRATOR = ["--administrator=noor@example.org", "--administrator-name=Noor de Wit"]


def run(*options, command="setup"):
    """Return the output, the error, and the exit code."""
    out = StringIO()
    try:
        call_command(command, *options, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error), error.returncode
    return out.getvalue(), "", 0


@pytest.fixture
def answers(monkeypatch):
    """Answer the questions of the command with these lines, in order."""

    def answering(*lines):
        left = list(lines)
        monkeypatch.setattr("builtins.input", lambda _prompt: left.pop(0))
        return left

    return answering


def test_arguments_set_everything_up_without_a_question(files):
    out, error, code = run(*files, *ADMINISTRATOR, "--test-mail=beheer@example.org", "--no-input")
    assert (error, code) == ("", 0)
    assert Neighbourhood.objects.get().municipality == "onze-stad"
    assert Organisation.objects.get().neighbourhoods.get().name == "Meren"
    user = User.objects.get()
    assert (user.username, user.role, user.is_superuser) == ("noor-de-wit", "administrator", True)
    assert [message.to for message in mail.outbox] == [["beheer@example.org"], ["noor@example.org"]]
    assert "/account/wachtwoord/nieuw/" in mail.outbox[1].body
    assert out.count("[x]") == 5
    assert "[ ] First trajectory: An adviser or coordinator adds it." in out


def test_running_it_again_changes_nothing_that_is_there(files):
    options = (*files, *ADMINISTRATOR, "--no-input")
    run(*options)
    tables = (Neighbourhood, Organisation, User)
    before = [list(table.objects.values()) for table in tables]
    out, _error, code = run(*options)
    assert code == 0
    assert [list(table.objects.values()) for table in tables] == before
    assert "0 organisations added, 1 there already" in out


def test_a_wrong_row_in_the_last_file_stores_nothing_of_the_first(files, tmp_path):
    (tmp_path / "organisaties.csv").write_text(f"{SHEET}Wijk B;fanfare;\n")
    _out, error, code = run(*files, *ADMINISTRATOR, "--no-input")
    assert code == 1
    assert "organisaties.csv: not imported, nothing was stored\nrow 3, Soort" in error
    assert not Neighbourhood.objects.exists()
    assert not User.objects.exists()
    assert not mail.outbox


def test_it_asks_for_what_is_missing_and_asks_again_after_a_mistake(files, answers, tmp_path):
    left = answers(
        *("", "onbestaand", "", "noor@", "noor@example.org"),
        *("weg.csv", str(tmp_path / "wijken.csv"), "546", "GM0546"),
        *(str(tmp_path / "organisaties.csv"), "noor@example.org", "Noor", "Noor de Wit"),
    )
    out, error, code = run()
    assert (left, error, code) == ([], "", 0)
    assert "there is no such rulebook" in out
    assert "'noor@' is no e-mail address." in out
    assert "weg.csv: no such file" in out
    assert "like GM0546" in out
    assert "a first and a last name" in out
    assert Organisation.objects.exists()
    assert User.objects.get().is_superuser


def test_every_question_can_be_skipped(answers):
    left = answers("", "", "", "", "", "")
    assert run()[1:] == ("", 0)
    assert left == []
    assert not User.objects.exists()


def test_nobody_to_ask_is_an_error_that_names_the_remedy(monkeypatch):
    def closed(_prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    assert "--no-input" in run()[1]


def test_with_an_administrator_it_asks_for_no_other(answers):
    world.user("administrator", is_superuser=True)
    left = answers("", "", "", "", "")
    out, _error, code = run()
    assert (left, code) == ([], 0)
    assert "They invite others on the website." in out


def test_it_says_which_settings_to_put_in_the_environment(settings):
    settings.HAS_MUNICIPALITY = False
    out = run("--no-input", "--name=gemeente Nieuw", "--rulebook=leiden")[0]
    assert '  MUNICIPALITY="gemeente Nieuw"\n  RULEBOOK=leiden\n' in out


def test_it_shows_where_mail_goes_without_the_password(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_PASSWORD = "mail.example.org", 587, "geheim"
    out = run("--no-input")[0]
    assert "mail goes to mail.example.org:587" in out
    assert "geheim" not in out


def test_without_a_secret_key_no_link_is_made(settings):
    settings.HAS_SECRET = False
    _out, error, code = run(*ADMINISTRATOR, "--no-input")
    assert (code, "SECRET_KEY" in error) == (1, True)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--neighbourhoods=README.md"], "--municipality"),
        (["--neighbourhoods=weg.csv", "--municipality=GM0546"], "weg.csv: no such file"),
        (["--neighbourhoods=README.md", "--municipality=546"], "GM0546"),
        (["--administrator=noor"], "no e-mail address"),
        (["--administrator=noor@example.org"], "--administrator-name"),
        (["--administrator=noor@example.org", "--administrator-name=Noor"], "last name"),
        (["--test-mail=noor"], "no e-mail address"),
        (["--rulebook=onbestaand"], "no such rulebook"),
    ],
)
def test_a_wrong_argument_names_the_remedy(options, says):
    _out, error, code = run(*options, "--no-input")
    assert code == 1
    assert says in error
    assert not User.objects.exists()
    assert not Neighbourhood.objects.exists()


def test_mail_that_cannot_be_sent_leaves_the_account_and_a_remedy(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    _out, error, code = run(*ADMINISTRATOR, "--test-mail=noor@example.org", "--no-input")
    assert code == 1
    assert "The test message was not sent." in error
    assert "manage.py changepassword noor-de-wit" in error
    assert User.objects.get().is_superuser
    assert not OutboundEmail.objects.exists()


@pytest.mark.parametrize("sent", [True, False])
def test_mail_that_stays_on_this_machine_is_not_called_sent(settings, tmp_path, sent):
    if not sent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = str(tmp_path / "mails")
    out, error, code = run(*ADMINISTRATOR, "--test-mail=noor@example.org", "--no-input")
    assert (error, code) == ("", 0)
    assert ("was taken by the mail server" in out) is sent
    assert ("An invitation to noor@example.org was sent" in out) is sent
    assert ("[x] Mail tested" in out) is sent
    folder = "stays on this machine: mail is not sent, but put into the folder of EMAIL_URL"
    assert out.count(folder) == (0 if sent else 2)
    assert ("manage.py changepassword noor-de-wit" in out) is not sent


def test_names_that_are_nearly_the_same_are_named_before_and_after(tmp_path):
    path = tmp_path / "organisaties.csv"
    path.write_text("Naam\nWijkvereniging A\nwijkvereniging a.\nWijkvereniging B\n")
    for options, command, remedy in (
        ([path, "--dry-run"], "import_organisations", "organisation, keep one of the rows."),
        ([f"--organisations={path}", "--no-input"], "setup", "delete one in the administration, and keep one"),
    ):
        out = run(*options, command=command)[0]
        assert "nearly the same name: “wijkvereniging a.” and “Wijkvereniging A”. If they are one" in out
        assert remedy in out
        assert out.count("nearly the same") == 1
    assert Organisation.objects.count() == 3


def test_an_account_that_is_no_administrator_keeps_its_role():
    known = world.user("adviser", name="noor")
    assert "keeps its role" in run(*ADMINISTRATOR, "--no-input")[1]
    known.refresh_from_db()
    assert (known.role, known.is_superuser) == ("adviser", False)
    assert not mail.outbox


@pytest.mark.parametrize(("options", "made"), [(["--migrate"], True), ([], False)])
def test_missing_tables_are_made_with_consent_only(monkeypatch, options, made):
    called = []
    monkeypatch.setattr(
        "participation.management.commands.setup.MigrationExecutor.migration_plan", lambda *_arguments: ["0001"]
    )
    monkeypatch.setattr(
        "participation.management.commands.setup.call_command", lambda name, **_options: called.append(name)
    )
    _out, error, _code = run(*options, "--no-input")
    assert called == (["migrate"] if made else [])
    assert ("manage.py migrate" in error) is not made


def test_organisations_are_imported_after_a_preview(tmp_path):
    world.neighbourhood("meren", name="Meren")
    path = tmp_path / "organisaties.csv"
    path.write_text(SHEET)
    assert "1 organisations would be added" in run(path, "--dry-run", command="import_organisations")[0]
    assert not Organisation.objects.exists()
    assert "1 organisations added, 0 there already" in run(path, command="import_organisations")[0]
    path.write_text("Naam;Soort\n;fanfare\n")
    for options in ([], ["--dry-run"]):
        _out, error, code = run(path, *options, command="import_organisations")
        assert (code, "nothing was stored" in error) == (1, True)
    assert "no such file" in run(tmp_path / "weg.csv", command="import_organisations")[1]


def test_the_commands_in_the_manual_set_up_an_installation(files, monkeypatch, tmp_path):
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```setup\n(.*?)^```", manual, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    for line in block.splitlines():
        program, name, command, *options = shlex.split(line)
        assert (program, name) == ("python", "manage.py")
        assert run(*options, command=command)[1:] == ("", 0), line
    assert User.objects.get().is_superuser
    assert Organisation.objects.get().neighbourhoods.exists()
    assert len(mail.outbox) == 2
