"""The command import_key_figures."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from participation.interchange import key_figures
from participation.models import Neighbourhood
from tests import world

pytestmark = pytest.mark.django_db
HEADINGS = "ID;WijkenEnBuurten;Gemeentenaam_1;SoortRegio_2;Codering_3;AantalInwoners_5"


@pytest.fixture
def run(tmp_path, capsys):
    world.neighbourhood(world.CENTRE, cbs_code="WK054601")
    world.neighbourhood(world.LAKES, cbs_code="WK054608")

    def command(*lines, options=("--year", "2025")):
        path = tmp_path / "kerncijfers.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        call_command("import_key_figures", str(path), *options)
        return capsys.readouterr().out

    return command


def stored():
    return dict(Neighbourhood.objects.values_list("slug", "inhabitants"))


def test_the_inhabitants_are_stored_by_code_with_their_year(run):
    lines = (
        HEADINGS,
        "0;NL00      ;Nederland;Land;NL00      ;   17900000",
        "1;GM0546    ;Leiden;Gemeente;GM0546    ;     130000",
        "2;WK054601  ;Leiden;Wijk;WK054601  ;       8210",
        "3;WK054608  ;Leiden;Wijk;WK054608  ;          .",
    )
    assert "1 would be changed" in run(*lines, options=("--year", "2025", "--dry-run"))
    assert stored() == {world.CENTRE: None, world.LAKES: None}
    out = run(*lines)
    assert "rij 5: WK054608 has no number, unchanged" in out
    assert "1 changed, 0 unchanged, 1 without a number, 0 not in the file" in out
    assert stored() == {world.CENTRE: 8210, world.LAKES: None}
    assert Neighbourhood.objects.get(slug=world.CENTRE).inhabitants_year == 2025
    assert Neighbourhood.history.filter(slug=world.CENTRE).latest().inhabitants == 8210
    assert "0 changed, 1 unchanged" in run(*lines)


def test_codes_of_another_year_are_named(run):
    assert "not in the file, unchanged: WK054608" in run("gwb_code_10;a_inw", "WK054601;8210", "WK054620;900")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((HEADINGS, "2;WK054601;L;W;WK054601;8.210"), "rij 2"),
        ((HEADINGS, "2;WK054601;L;W;WK054601;-5"), "rij 2"),
        ((HEADINGS, "2;WK054601;L;W;WK054601;10", "3;WK054601;L;W;WK054601;11"), "rij 3"),
        ((HEADINGS, "2;WK036301;L;W;WK036301;10"), "het bestand"),
        (("gwb_code_10;regio", "WK054601;Noord"), "AantalInwoners_5"),
        (("provincie;inwoners", "Utrecht;1300000"), "het bestand"),
    ],
)
def test_a_file_with_a_mistake_is_refused_as_a_whole(run, lines, says):
    with pytest.raises(CommandError, match="nothing was stored") as error:
        run(*lines)
    assert says in str(error.value)
    assert stored() == {world.CENTRE: None, world.LAKES: None}


def test_too_many_rows_are_refused_at_the_row(run, monkeypatch):
    monkeypatch.setattr(key_figures, "MAX_ROWS", 1)
    with pytest.raises(CommandError, match="rij 3"):
        run("gwb_code_10;a_inw", "WK054601;8210", "WK054608;10")


def test_a_year_that_cannot_be_is_refused(run):
    with pytest.raises(CommandError, match="the year of the figures"):
        run("gwb_code_10;a_inw", "WK054601;8210", options=("--year", "25"))
