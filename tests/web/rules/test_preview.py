"""What would be judged otherwise under changed rules: shown to staff, for a file and for other terms, never stored."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from participation.compliance.rule_changes import changed_rules, without_earlier_versions
from participation.compliance.rulebook import load, load_upload
from participation.services.assessment import reassess_one
from participation.web.rules import preview
from tests import towns, world
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
FILE, FEEDBACK = "/regels/voorvertoning/", "/regels/feedback-given/voorvertoning/"
#: Leiden, with eight weeks instead of 28 days for feedback from 2027 on.
PROPOSAL = b"""\
rulebook: leiden-2027
municipality: leiden
extends: leiden
title: {nl: Voorstel, en: Proposal}
adjust:
  - id: feedback-given
    versions:
      - {from: 2021-05-19, until: 2026-12-31, term: 28 days}
      - {from: 2027-01-01, term: 56 days}
"""


@pytest.fixture
def square():
    """Create a trajectory with a meeting on 2 February 2026 on which no feedback was given."""
    square = world.trajectory(municipality="leiden")
    world.step(square, "s1", planned=None, done=world.on("2026-02-02"))
    reassess_one("trajectory", square.pk, towns.RULEBOOKS, towns.TODAY, towns.NOW)
    return square


@pytest.fixture
def auditor(client):
    client.force_login(world.user("auditor"))
    return client


def words(html):
    main = html.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", strip_tags(main.replace("<", " <")))


def send(client, content=PROPOSAL, **fields):
    return client.post(FILE, {"file": SimpleUploadedFile("voorstel.yaml", content), **fields})


def test_another_term_shows_what_would_be_judged_otherwise(auditor, square):
    shown = words(get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks"))
    assert "Andere stand: 1 " in shown
    assert "alleen een andere laatste dag:" not in shown
    assert "Te laat 1 0" in shown
    # 2 February and 28 days, and 12 weeks.
    assert "laatste dag 2 maart 2026" in shown
    assert "laatste dag 27 april 2026" in shown


def test_points_that_only_get_another_last_day_are_counted_apart(auditor, square):
    for slug in ("aanloop", "brink"):
        later = world.trajectory(slug, municipality="leiden", title=slug.title())
        world.step(later, "s1", planned=None, done=world.on("2026-04-19"))
    html = get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks")
    lists = [words(f"<main{part}</main>") for part in html.split("Wat anders zou worden beoordeeld")]
    for part in lists[:2]:
        assert "Andere stand: 1" in part
        assert "Zelfde stand, alleen een andere laatste dag: 2" in part
    status, _, last_day = lists[1].partition("Zelfde stand")
    assert ("Voorbeeldplein" in status, "Aanloop" in status) == (True, False)
    assert all(title in last_day for title in ("Aanloop", "Brink"))
    # The two are on their way, before and after.
    assert "Te laat 1 0" in lists[0]


def test_a_point_of_a_rule_that_only_one_rulebook_has_is_not_another_status(auditor, square):
    law_alone = PROPOSAL.partition(b"adjust:")[0].replace(b"extends: leiden", b"extends: nl")
    shown = words(send(auditor, law_alone).content.decode())
    assert "Andere stand: 0 " in shown
    assert re.search(r"Terugkoppeling na een activiteit Niet meer gevraagd: 1 ", shown)


def test_the_field_of_a_term_says_what_it_is_and_what_it_is_now(auditor):
    shown = words(get_html(auditor, "/regels/contribution-answered/voorvertoning/"))
    for label in ("Binnen hoeveel tijd", "Hoe lang van tevoren", "Hoe lang erna op zijn vroegst"):
        assert f"{label}: aantal" in shown
        assert f"{label}: eenheid" in shown
    assert "Nu: binnen 28 dagen." in shown
    assert "Nu: 7 dagen ervoor." in shown


def test_the_term_of_now_changes_nothing(auditor, square):
    shown = words(get_html(auditor, f"{FEEDBACK}?term=28&term_eenheid=days"))
    assert "Deze regels oordelen hetzelfde als die van nu." in shown


def test_the_form_starts_with_the_term_of_now(auditor, square):
    html = get_html(auditor, FEEDBACK)
    assert re.search(r'name="term"[^>]*value="28"|value="28"[^>]*name="term"', html)
    assert '<option value="days" selected>' in html
    assert 'id="uitkomst"' not in html


@pytest.mark.parametrize(
    "query", ["term=-1&term_eenheid=days", "term=9999&term_eenheid=days", "term=3&term_eenheid=eeuw"]
)
def test_a_term_outside_the_bounds_is_an_error_at_its_field(auditor, square, query):
    html = get_html(auditor, f"{FEEDBACK}?{query}")
    assert "utrecht-form-field-error-message" in html
    assert 'id="uitkomst"' not in html


def test_another_day_is_judged_when_asked(auditor, square):
    shown = words(get_html(auditor, f"{FEEDBACK}?term=56&term_eenheid=days&op=2026-02-20"))
    assert "op 20 februari 2026" in shown
    assert "Te laat 1" not in shown


def test_a_file_counts_for_the_past_or_from_its_own_day(auditor, square):
    always = words(send(auditor).content.decode())
    assert "laatste dag 30 maart 2026" in always
    dated = words(send(auditor, eigen_datum="on").content.decode())
    assert "Niets wat is vastgelegd, zou anders worden beoordeeld." in dated


def test_a_file_with_mistakes_is_refused_with_their_places(auditor, square):
    shown = words(send(auditor, PROPOSAL.replace(b"56 days", b"gauw")).content.decode())
    place, _, text = unescape(shown).partition(", feedback-given: ")
    assert place.endswith("voorstel.yaml, regelnummer 9")
    assert text.startswith("`term`: 'gauw' is geen termijn. Schrijf een termijn zoals `28 days`")


def test_everything_judged_by_another_rulebook_is_left_out(auditor, square, settings):
    settings.RULEBOOK = towns.TOWNS
    elsewhere = towns.trajectory("oegstgeest-1", "oegstgeest", title="Dorpsplein")
    shown = words(get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks"))
    assert square.title in shown
    assert elsewhere.title not in shown
    other = words(get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks&regelboek=oegstgeest"))
    assert elsewhere.title in other
    assert square.title not in other


def test_a_retrospective_trajectory_is_counted_apart(auditor, square):
    square.retrospective = True
    square.save()
    shown = words(get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks"))
    assert "in trajecten die voorbij zijn en waarop is teruggekeken" in shown


def test_what_gets_another_status_comes_before_what_gets_another_day(auditor, square):
    later = world.trajectory("a-eerst", municipality="leiden", title="Aanloop")
    world.step(later, "s1", planned=None, done=world.on("2026-04-19"))
    shown = words(get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks"))
    assert 0 < shown.rindex("Voorbeeldplein") < shown.rindex("Aanloop")


def test_nothing_is_stored(auditor, square):
    def rows():
        return {
            model: list(model._default_manager.order_by("pk").values())
            for model in apps.get_app_config("participation").get_models()
        }

    before = rows()
    get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks")
    send(auditor)
    assert rows() == before


def test_the_download_has_both_statuses(auditor, square):
    response = auditor.get(f"{FEEDBACK}?term=12&term_eenheid=weeks&bestand=csv")
    [header, line] = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    row = dict(zip(header.split(";"), line.split(";"), strict=True))
    assert (row["Stand nu"], row["Stand na de wijziging"]) == ("Te laat", "Binnen veertien dagen")
    assert row["Wat er anders wordt"] == "Andere stand"


@pytest.mark.parametrize("rule", ["woo-decided", "bestaat-niet"])
def test_a_rule_of_law_or_one_that_is_not_there_has_no_preview(auditor, rule):
    assert auditor.get(f"/regels/{rule}/voorvertoning/").status_code == 404


def test_only_staff_see_the_link_on_the_page_of_a_rule(client):
    assert FEEDBACK not in get_html(client, "/regels/feedback-given/")
    client.force_login(world.user("auditor"))
    assert FEEDBACK in get_html(client, "/regels/feedback-given/")
    assert FILE in get_html(client, "/regels/")


def test_more_trajectories_than_a_page_can_judge_are_refused(auditor, square, monkeypatch):
    monkeypatch.setattr(preview, "MAX_REASSESSED_TRAJECTORIES", 0)
    assert "Er zijn 1 trajecten" in words(get_html(auditor, f"{FEEDBACK}?term=12&term_eenheid=weeks"))


def test_more_trajectories_take_no_more_queries(auditor, square):
    address = f"{FEEDBACK}?term=12&term_eenheid=weeks"
    get_html(auditor, address)
    with CaptureQueriesContext(connection) as few:
        get_html(auditor, address)
    for number in range(49):
        world.step(
            world.trajectory(f"t{number}", municipality="leiden"), "s1", planned=None, done=world.on("2026-02-02")
        )
    with CaptureQueriesContext(connection) as many:
        get_html(auditor, address)
    assert len(many) == len(few)


def test_only_rules_that_judge_otherwise_differ():
    leiden = load("leiden")
    assert changed_rules(leiden, load_upload(PROPOSAL, "voorstel.yaml")) == {"feedback-given"}
    same = without_earlier_versions(leiden, [])
    assert changed_rules(leiden, same) == frozenset()
    assert same.hash == leiden.hash


def test_without_earlier_versions_the_newest_counts_from_the_first_day():
    proposal = without_earlier_versions(load_upload(PROPOSAL, "voorstel.yaml"), ["feedback-given"])
    [version] = proposal.by_id["feedback-given"].versions
    assert (version.first, version.last, version.parameters["term"].length) == (date(2021, 5, 19), None, 56)
