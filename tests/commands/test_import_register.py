"""The commands import_register and import_neighbourhoods."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.models import Changeset, Motion, Neighbourhood
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path):
    def running(command, text, *options, name="lijst.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        out, err = StringIO(), StringIO()
        try:
            call_command(command, str(path), *options, stdout=out, stderr=err)
        except CommandError as error:
            return out.getvalue(), f"{err.getvalue()}\n{error}", error.returncode
        return out.getvalue(), err.getvalue(), 0

    return running


def test_a_dry_run_shows_the_changes_and_stores_nothing(run):
    world.motion("21.0098/04", owner="Team centrum")
    text = "Nummer;Eigenaar;Kleur\nM21.0098/04;Team wijken;rood\n21.0093;;"
    out, _err, code = run("import_register", text, "--dry-run")
    assert code == 0
    assert "owner from “Team centrum” to “Team wijken”" in out
    assert "21.0093 is new" in out
    assert "Kleur" in out
    assert "1 would be added, 1 would be changed, 0 unchanged" in out
    assert Motion.objects.count() == 1
    assert Motion.objects.get().owner == "Team centrum"


def test_importing_a_list_twice_adds_nothing(run):
    assert "1 added, 0 changed, 0 unchanged" in run("import_register", "Nummer\n21.0093")[0]
    out, _err, _code = run("import_register", "Nummer\n21.0093")
    assert "0 added, 0 changed, 1 unchanged" in out
    assert not Changeset.objects.exists()


def test_the_import_is_recorded_under_the_given_user(run):
    user = world.user("coordinator")
    run("import_register", "Nummer\n21.0093", "--by", user.username)
    assert Motion.objects.get().changesets.get().by == user


@pytest.mark.parametrize("name", ["niemand", "adviser"])
def test_a_user_without_permission_is_rejected(run, name):
    world.user("adviser")
    _out, err, code = run("import_register", "Nummer\n21.0093", "--by", name)
    assert code == 1
    assert "coordinator" in err
    assert not Motion.objects.exists()


def test_a_list_with_an_error_is_rejected_as_a_whole(run):
    _out, err, code = run("import_register", "Nummer;Datum\n21.0098/04;ooit\n21.0093;11-11-2021")
    assert code == 1
    assert "nothing was stored" in err
    assert "rij 2, Datum" in err
    assert not Motion.objects.exists()


CBS = (
    "gwb_code_10;regio;gm_naam;recs\n"
    "GM0546;Leiden;Leiden;Gemeente\nWK054608;Merenwijk;Leiden;Wijk\nWK054601;Noord;Leiden;Wijk\n"
)


def test_neighbourhoods_are_imported_after_a_preview(run):
    world.neighbourhood("merenwijk", name="Merenwijk")
    world.neighbourhood("oud", name="Oude wijk")
    out, _err, code = run("import_neighbourhoods", CBS, "--municipality", "GM0546", "--dry-run")
    assert code == 0
    assert "changed: merenwijk: cbs_code “WK054608”" in out
    assert "new: WK054601 Noord (noord)" in out
    assert "not in the file, unchanged: oud" in out
    assert not Neighbourhood.objects.exclude(cbs_code="").exists()
    out, _err, _code = run("import_neighbourhoods", CBS, "--municipality", "gm0546")
    assert "1 added, 1 changed, 0 unchanged, 1 not in the file" in out
    assert Neighbourhood.objects.get(slug="merenwijk").cbs_code == "WK054608"


@pytest.mark.parametrize(
    ("text", "municipality", "says"),
    [
        (CBS, "Leiden", "GM0546"),
        (CBS, "GM9999", "GM9999"),
        ("x;y", "GM0546", "CBS"),
        (f"{CBS}WK99;Kort;Leiden;Wijk", "GM0546", "rij 5"),
    ],
)
def test_unreadable_neighbourhoods_are_rejected(run, text, municipality, says):
    _out, err, code = run("import_neighbourhoods", text, "--municipality", municipality)
    assert code == 1
    assert "nothing was stored" in err
    assert not Neighbourhood.objects.exists()
    assert says in err
