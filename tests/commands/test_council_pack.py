"""The command council_pack."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings, tmp_path, monkeypatch):
    settings.RULEBOOK = "leiden"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", lambda html: html.encode())


def run(*arguments):
    out = StringIO()
    call_command("council_pack", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_that_is_printed_makes_the_same_file_again(tmp_path):
    made = world.trajectory(summary="Het plein gaat op de schop.")
    printed = run("voorbeeldplein", "--on", "2026-04-20")
    first = (tmp_path / "raadsstuk-voorbeeldplein-2026-04-20.pdf").read_bytes()
    made.contributions.create(ref="c1", summary="Later gezegd")

    again = printed.partition("council_pack ")[2].split()
    again[-1] = "opnieuw.pdf"
    run(*again)

    assert (tmp_path / "opnieuw.pdf").read_bytes() == first
    assert printed.partition("make it again: ")[2].strip() in first.decode()


def decision(of, ref, day, **columns):
    return world.step(of, ref, kind="decision", method="", audience=[], title=ref, planned=world.on(day), **columns)


def test_a_decision_is_named_where_it_is_not_the_next(tmp_path):
    made = world.trajectory()
    decision(made, "eerst", "2026-05-07")
    decision(made, "later", "2026-06-07")

    printed = run("voorbeeldplein", "--on", "2026-04-20", "--step", "later", "--output", "later.pdf")

    html = (tmp_path / "later.pdf").read_text(encoding="utf-8")
    assert ">later</p>" in html
    assert ">eerst</p>" not in html
    assert "--step later" in printed


def test_the_packs_of_a_meeting_are_one_file(tmp_path):
    for slug in ("plein", "weg", "intern"):
        made = world.trajectory(slug, public=slug != "intern")
        decision(made, "eerder", "2026-05-01", body="council")
        decision(made, f"besluit-{slug}", "2026-05-07", body="council")
        decision(made, f"commissie-{slug}", "2026-05-07", body="committee")

    run("--meeting", "2026-05-07", "--body", "council", "--on", "2026-04-20")

    html = (tmp_path / "raadsstukken-2026-05-07.pdf").read_text(encoding="utf-8")
    assert [html.count(f">{title}</p>") for title in ("besluit-plein", "besluit-weg", "eerder")] == [1, 1, 0]
    assert "commissie-" not in html
    assert "intern" not in html


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["voorbeeldplien"], "voorbeeldplein"),
        (["voorbeeldplein", "--known-at", "2000-01-01"], "nothing was recorded yet"),
        (["voorbeeldplein", "--known-at", "2199-01-01"], "is still to come"),
        (["voorbeeldplein", "--step", "besluti"], "did you mean 'besluit'"),
        ([], "Name a trajectory, or a day"),
        (["voorbeeldplein", "--meeting", "2026-05-07"], "Name a trajectory, or a day"),
        (["--meeting", "2026-05-08"], "No decision or briefing of the council on 2026-05-08"),
        (["--meeting", "2026-05-07", "--body", "raad"], "There is on that day of: council"),
        (["voorbeeldplein", "--output", "/bestaat/niet.pdf"], "No such file"),
    ],
)
def test_what_cannot_be_made_is_explained(arguments, reason):
    decision(world.trajectory(), "besluit", "2026-05-07", body="council")
    with pytest.raises(CommandError, match=reason):
        run(*arguments)
