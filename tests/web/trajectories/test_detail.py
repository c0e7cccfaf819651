"""The page of a trajectory: its subject, what comes next, contributions, and their outcomes."""

from __future__ import annotations

import itertools
import re
from datetime import date

import pytest
from django.urls import reverse

from participation.models import Contribution
from participation.presentation.trajectory_pages import SECTIONS
from participation.web.shared.addresses import trajectory_address
from tests import towns, world
from tests.web.html_helpers import (
    AGREEMENTS,
    INPUT,
    PAGE,
    PAGES,
    PLAN,
    TAKE_PART,
    ParsedPage,
    all_pages_html,
    element_html,
    get_html,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def section(html, name):
    """Return the page's text between the heading of a section and the next heading."""
    rest = html.partition(f'<section class="ld-stack" aria-labelledby="{name}">')[2]
    return re.split(rf'<section class="ld-stack" aria-labelledby="(?:{"|".join(SECTIONS)})">', rest)[0]


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# ---------- the page


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_its_sections_and_links_to_the_other_pages(client, square, address):
    html = get_html(client, address)
    ids = ParsedPage(html).ids

    # The sample has no instrument, so the law asks no steps of it.
    own = {name for name, path in SECTIONS.items() if f"{PAGE}{path}" == address} - {"wettelijk"}
    assert set(re.findall(r'<h2 id="(\w+)">', html)) >= own
    links = re.findall(r'<a class="ld-pages__link" href="([^"]+)"', html)
    assert links == [*PAGES, f"{PAGE}zoeken/"]
    assert re.findall(r'href="([^"]+)" aria-current="page"', html.partition('class="ld-pages"')[2]) == [address]
    assert len(ids) == len(set(ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert "<script" not in html
    assert 'style="' not in html


@pytest.mark.parametrize("address", PAGES)
def test_heading_levels_are_not_skipped(client, square, address):
    levels = [int(level) for level in re.findall(r"<h([1-6])", get_html(client, address))]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_an_empty_trajectory_says_for_each_section_that_nothing_is_recorded(client):
    world.trajectory(level="", started_on=None)
    html = all_pages_html(client)

    for name in ("invloed", "tijdlijn", "plan", "inbreng", "documenten", "verzoeken", "besluiten", "contact"):
        assert "vastgelegd" in section(html, name), name
    assert "None" not in html
    assert "Er is nu geen moment gepland waarop u kunt meedoen." in html


def test_user_text_is_escaped_everywhere(client, today):
    evil = "<script>alert(1)</script>"
    square = world.trajectory(
        title=evil, summary=evil, contact_name=evil, source_cite=evil, source_stance=evil, commissioner=evil
    )
    world.plan(square, room=evil, level_motivation=evil, frameworks=[{"what": evil, "why": evil}], support=evil)
    world.scenario(square, title=evil)
    world.step(square, "s1", title=evil, note=evil, planned=world.between("2026-05-01", "2026-05-09", "range", evil))
    world.step(square, "s2", title=evil, note=evil, kind="decision", body=evil, method="")
    world.document(square, title=evil, version=evil, url="https://example.org/?<b>")
    world.contribution(square, summary=evil, theme=evil, response=evil, outcome="partly", step="s1")
    world.request(square, summary=evil, answer=evil, extension_reason=evil, extended_on=world.on("2026-04-01"))
    world.obligation(trajectory=square, details={"about": evil})
    world.waiver(square, rule="feedback-given", reason=evil, by=evil)

    for address in (
        *PAGES,
        f"{PAGE}zoeken/?zoek=script",
        f"{PAGE}geschiedenis/",
        f"{PAGE}punt/?regel=feedback-given&over=s1",
    ):
        html = get_html(client, address)
        assert "&lt;script&gt;" in html, address
        assert "<script" not in html, address
        assert "<b>" not in html, address


@pytest.mark.parametrize(
    "address",
    [*PAGES, f"{PAGE}zoeken/", f"{PAGE}punt/?regel=concern-answered&over=r1", f"{PAGE}geschiedenis/", f"{PAGE}?op=x"],
)
def test_the_page_is_read_only_and_not_cached_by_proxies(client, square, address):
    assert client.post(address).status_code == 405
    assert "no-store" in client.get(address).headers["Cache-Control"]


@pytest.mark.parametrize("address", [*PAGES, f"{PAGE}zoeken/", f"{PAGE}geschiedenis/", f"{PAGE}traject.json"])
def test_private_trajectories_are_visible_only_to_staff(client, address):
    world.trajectory(public=False)

    assert client.get(address).status_code == 404
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.get(address).status_code == 404
    client.force_login(world.user("auditor"))
    assert client.get(address).status_code == 200


# ---------- what is open, and what comes next


def test_the_page_shows_frameworks_influence_and_participation_level(client, square):
    section_text = plain(section(get_html(client, TAKE_PART), "invloed"))

    for text in (
        "Adviseren (trede 3 van 6 op de participatieladder)",
        "U geeft advies.",
        "Bewoners kennen het plein.",
        "De indeling is vrij.",
        "De bomen blijven Waarom: Besluit van de raad",
        "Het budget De reden is niet vastgelegd.",
    ):
        assert text in section_text


def test_current_and_later_opportunities_to_participate_are_shown(client, square):
    section_text = plain(section(get_html(client, TAKE_PART), "vervolg"))

    assert "Hier kunt u meedoen Tweede avond (bijeenkomst) 8 mei 2026, 19:30 – 21:00" in section_text
    assert "Dit komt later medio juni 2026: Raad besluit" in section_text
    assert "U kunt nu meedoen" in get_html(client)


def test_a_closed_trajectory_says_that_participation_has_ended(client):
    world.trajectory(status="closed")

    assert "U kunt er niet meer aan meedoen." in get_html(client)


# ---------- the timeline


def test_the_timeline_and_the_table_show_the_same_numbered_steps(client, square):
    world.step(square, "s9", title="Afgelast", cancelled=True, planned=world.on("2026-05-01"))
    section_text = section(get_html(client, PLAN), "tijdlijn")
    table = re.findall(r'<tr id="stap-(\w+)">\s*<td data-label="Nr">(\d+)</td>', section_text)
    drawings = section_text.split("</svg>")[:2]

    assert table == [("s1", "1"), ("s9", "2"), ("s3", "3"), ("s2", "4")]
    for drawing in drawings:
        assert sorted(re.findall(r"<text x=[^>]*>(\d)</text></g>", drawing)) == ["1", "2", "3", "4"]
        assert 'role="img"' in drawing
        assert re.search(r'aria-labelledby="(tl-\w+-title) (tl-\w+-desc)"', drawing)
        assert "4 stappen: 1 gedaan, 0 nu open, 2 gepland, 0 misschien, 1 vervallen." in drawing
    words = plain(section_text)
    assert "medio juni 2026 (in de bron: “Medio juni”)" in words
    assert "vervallen" in words
    assert not re.search(r'="\d+,\d', section_text)


def test_a_past_planned_step_not_recorded_as_done_says_so(client):
    world.step(world.trajectory(), planned=world.on("2026-03-20"))

    assert "niet bekend of dit is doorgegaan" in get_html(client, PLAN)


# ---------- the plan


def test_the_plan_lists_its_content_and_the_missing_parts_once(client, square):
    section_text = plain(section(get_html(client, PLAN), "plan"))

    assert "Vastgesteld op 20 februari 2026" in section_text
    assert "Wat de raad doet Besluit" in section_text
    assert "Wijk-A: doet mee" in section_text
    assert "Autovrij getoond: 20 maart 2026" in section_text
    assert "Niet vastgelegd: gepubliceerd op" in section_text
    assert section_text.count("Niet vastgelegd:") == 1


def test_reactions_are_shown_with_the_plan_or_their_scenario(client, square):
    world.contribution(square, "c8", theme="Participatieplan", summary="Te weinig tijd")
    world.contribution(square, "c9", theme="Scenario: Autovrij", summary="Liever met auto's")
    section_text = section(get_html(client, PLAN), "plan")

    assert plain(section_text).index("Liever met auto") < plain(section_text).index(
        "Reacties op het plan Te weinig tijd"
    )
    address = f"{INPUT}?bij=inbreng-c8#inbreng-c8"
    assert f'href="{address}"' in section_text
    assert 'id="inbreng-c8"' in get_html(client, address)


# ---------- contributions and outcomes


def test_each_contribution_shows_its_text_its_author_and_its_outcome(client, square):
    html = get_html(client, INPUT)
    first, second = plain(element_html(html, "inbreng-c1")), plain(element_html(html, "inbreng-c2"))

    assert "Beantwoord: 1 van de 2 bijdragen." in plain(html)
    assert "De oudste zonder antwoord wacht al 31 dagen." in plain(html)
    assert "Wat er is gezegd Groen. Meer bomen Wijk-A, 20 maart 2026" in first
    assert "Wat ermee is gedaan Nog geen antwoord. Wacht al 31 dagen. Antwoord uiterlijk op 13 juni 2026." in first
    assert "Wat ermee is gedaan deels overgenomen Er komt er een. Beantwoord: 10 april 2026" in second
    assert html.index('id="inbreng-c1"') < html.index('id="inbreng-c2"')
    assert "Bewonersavond" in section(html, "inbreng")


def test_an_outcome_without_a_reason_is_shown_as_open(client, square):
    Contribution.objects.filter(ref="c1").update(outcome="not_adopted")

    outcome = Contribution.objects.get(ref="c1").get_outcome_display()
    assert f"{outcome} De reden is nog niet vastgelegd." in plain(element_html(get_html(client, INPUT), "inbreng-c1"))


def test_contributions_outside_a_meeting_are_shown_separately(client, square):
    world.contribution(square, "c7", step="", summary="Een brief")
    section_text = section(get_html(client, INPUT), "inbreng")

    assert section_text.index("Niet bij een bijeenkomst") < section_text.index("Een brief")


def test_many_contributions_are_divided_over_pages_and_none_is_omitted(client, square):
    for number in range(40):
        world.contribution(square, f"x{number:02}", step="s1", summary=f"Idee {number}", received_on=None)
    parts = [get_html(client, f"{INPUT}?pagina={number}") for number in range(1, 7)]
    found = [ref for part in parts for ref in re.findall(r'<li id="inbreng-(\w+)"', part)]

    assert len(found) == len(set(found)) == 42
    assert "van de 42 bijdragen" in parts[0]
    assert "Deel 1 van 6" in parts[0]


def test_a_link_to_a_contribution_leads_to_the_part_of_the_list_with_it(client, square):
    for number in range(40):
        world.contribution(square, f"x{number:02}", step="s1", summary=f"Idee {number}", received_on=None)

    for ref in ("c2", "x00", "x39"):
        assert f'id="inbreng-{ref}"' in get_html(client, trajectory_address("voorbeeldplein", f"inbreng-{ref}"))
    assert get_html(client, f"{INPUT}?bij=inbreng-weg&pagina=oeps")


def test_contributions_can_be_filtered_by_what_was_done_with_them(client, square):
    html = get_html(client, f"{INPUT}?uitkomst=partly")

    assert re.findall(r'<li id="inbreng-(\w+)"', html) == ["c2"]
    assert "1 bijdrage past bij uw keuze." in html
    assert 'href="?uitkomst=open"' in html
    assert re.findall(r'<li id="inbreng-(\w+)"', get_html(client, f"{INPUT}?uitkomst=open")) == ["c1"]
    assert "0 bijdragen passen bij uw keuze." in get_html(client, f"{INPUT}?uitkomst=bestaat-niet")


def test_a_member_can_filter_by_association_and_by_who_handed_it_in(client, square):
    member = world.user("association_member", world.RESIDENTS)
    own = world.contribution(square, "eigen", party=world.RESIDENTS, summary="Door mij")
    own.history.update(history_user=member)
    world.contribution(square, "winkels", party=world.SHOPS)
    address = f"{INPUT}?van="

    assert 'href="?van=' not in get_html(client, INPUT)
    assert len(re.findall(r'<li id="inbreng-', get_html(client, f"{address}vereniging"))) == 4
    client.force_login(member)
    html = get_html(client, f"{address}vereniging")
    assert set(re.findall(r'<li id="inbreng-(\w+)"', html)) == {"c1", "c2", "eigen"}
    assert 'href="?van=mij"' in html
    assert re.findall(r'<li id="inbreng-(\w+)"', get_html(client, f"{address}mij")) == ["eigen"]


def test_the_list_of_contributions_as_a_file_is_offered_whole(client, square):
    assert "bestand=csv" in get_html(client, INPUT)
    assert "bestand=csv" not in get_html(client, f"{INPUT}?uitkomst=partly")


# ---------- documents, requests, decisions, contact


def test_documents_show_every_version_with_recipients_and_dates(client, square):
    section_text = plain(section(get_html(client, PLAN), "documenten"))

    assert "Schetsontwerp versie 0.2" in section_text
    assert "De wijzigingen zijn aangegeven. Met een samenvatting in gewone taal." in section_text
    assert "Wie het kreeg: Wijk-A (2 maart 2026); Winkeliers (5 maart 2026)." in section_text
    assert "1 eerdere versie" in section_text
    assert section_text.index("versie 0.2") < section_text.index("versie 0.1")
    assert 'href="https://example.org/d2"' in get_html(client, PLAN)


def test_versions_in_a_replacement_cycle_are_all_shown(client):
    square = world.trajectory()
    for ref, older in (("a", "b"), ("b", "a")):
        world.document(square, ref, title=f"Stuk {ref}", replaces=older)
    section_text = section(get_html(client, PLAN), "documenten")

    assert ("Stuk a" in section_text, "Stuk b" in section_text) == (True, True)


def test_requests_show_their_terms_and_their_duration(client, square):
    section_text = plain(section(get_html(client, INPUT), "verzoeken"))

    assert "Zorg , Wijk-A, 25 maart 2026" in section_text
    assert "Wie ruimt op?" in section_text
    assert "Antwoord op een zorg : uiterlijk 10 april 2026" in section_text
    assert "Nog geen antwoord, na 26 dagen." in section_text


def test_an_answered_request_shows_its_date_and_number_of_days(client, square):
    world.request(square, "r2", kind="information", answered_on=world.on("2026-04-01"), answer="De aannemer.")

    assert "Antwoord, 1 april 2026 (na 7 dagen) De aannemer." in plain(section(get_html(client, INPUT), "verzoeken"))


def test_decisions_show_the_body_the_stage_and_the_reasoning(client, square):
    section_text = plain(section(get_html(client, PLAN), "besluiten"))

    assert "Raad besluit gepland Medio juni 2026 · Raad-Leiden · vaststelling De raad kiest." in section_text
    assert "Afweging van belangen: Afweging (gepubliceerd: 20 mei 2026)" in section_text
    assert "Stukken: Schetsontwerp" in section_text


def test_the_contact_is_shown(client, square):
    assert "Contactpersoon , projectmanager" in plain(section(get_html(client, TAKE_PART), "contact"))


def test_sources_and_related_pages_are_shown(client, square):
    section_text = section(get_html(client), "volgen")

    assert "Raadsvoorstel 1" in section_text
    assert "gemeente" in section_text
    assert reverse("trajectory_history", args=["voorbeeldplein"]) in section_text
    assert reverse("trajectory_json", args=["voorbeeldplein"]) in section_text


# ---------- permissions


def test_only_users_who_may_change_it_see_edit_links(client, square):
    adviser = world.user("adviser")
    for may in (False, True):
        client.force_login(adviser)
        html = all_pages_html(client)
        assert ("Een stap vastleggen" in html) == may
        assert ("Uitleg geven" in html) == may
        square.advisers.add(adviser)
    client.logout()
    assert "Wat u hier kunt doen" not in all_pages_html(client)
    client.force_login(world.user("auditor"))
    assert "Wat u hier kunt doen" not in all_pages_html(client)


def test_association_members_see_their_links_only_on_relevant_trajectories(client, square):
    client.force_login(world.user("association_member", world.OUTSIDER, name="buiten"))
    assert "Ik zie dit anders" not in all_pages_html(client)

    client.force_login(world.user("association_member", world.RESIDENTS, name="binnen"))
    html = all_pages_html(client)

    assert "Ik zie dit anders" in html
    assert "Een vraag of zorg indienen" in html
    assert "Uitleg geven" not in html
    assert reverse("counter_signal_add", args=["voorbeeldplein"]) in html


def test_advisers_see_the_remedy_with_each_flag(client, square):
    adviser = world.user("adviser")
    square.advisers.add(adviser)
    client.force_login(adviser)
    section_text = element_html(get_html(client, AGREEMENTS), "concern-answered--r1")

    assert re.search(r'<a class="[^"]+" href="/trajecten/voorbeeldplein/verzoeken/r1/', section_text)


def test_only_users_with_admin_access_see_the_admin_link(client, square):
    from django.contrib.auth.models import Permission

    change = reverse("admin:participation_trajectory_change", args=[square.pk])
    user = world.user("coordinator", is_staff=True)
    client.force_login(user)
    assert change not in get_html(client)
    user.user_permissions.add(Permission.objects.get(codename="change_trajectory"))

    assert change in get_html(client)


def test_undated_decisions_and_empty_steps_do_not_break_the_page(client):
    square = world.trajectory()
    for number, kind in enumerate(("decision", "inspection", "", "activity")):
        world.step(square, f"s{number}", kind=kind, method="", planned=None, audience=[], title="")
    world.document(square, "leeg", title="", kind="", dated_on=None)
    world.contribution(square, "niets", party="", received_on=None, summary="")
    world.request(square, "ook-niets", kind="", party="", received_on=None)

    assert "None" not in all_pages_html(client)


def test_days_are_counted_from_the_given_day(client, square, monkeypatch):
    from django.utils import timezone

    monkeypatch.setattr(timezone, "localdate", lambda *_now: date(2026, 4, 22))

    assert "Wacht al 33 dagen." in plain(element_html(get_html(client, INPUT), "inbreng-c1"))


# ---------- several municipalities


def test_the_page_is_judged_by_the_rulebook_of_its_town(client, settings):
    settings.RULEBOOK = towns.TOWNS
    towns.trajectory("park", "oegstgeest")
    html = get_html(client, "/trajecten/park/afspraken/")
    assert "Antwoord aan Oegstgeest" in html
    assert "Brief van de wijkraden van Oegstgeest" in html
    assert f"Regels van Oegstgeest ({towns.TOWN.hash})" in html
    assert "/regels/feedback-given/?regelboek=oegstgeest" in html
    assert "geen eigen regelboek" not in html
    full = get_html(client, "/trajecten/park/punt/?regel=feedback-given&over=s1")
    assert "Antwoord aan Oegstgeest" in full


@pytest.mark.parametrize(
    ("municipality", "rulebook", "text"),
    [
        (
            "leiderdorp",
            "leiden",
            "Hier gelden de regels van Gemeente Leiden, omdat leiderdorp geen eigen regelboek heeft.",
        ),
        ("leiden", "leiden", ""),
        ("", "leiden", ""),
        ("leiderdorp", "nl", ""),
    ],
)
def test_a_town_that_is_judged_by_the_rules_of_another_reads_so(client, settings, municipality, rulebook, text):
    settings.RULEBOOK = rulebook
    world.organisation("leiden", kind="municipality", name="Gemeente Leiden")
    world.trajectory("elders", municipality=municipality)
    html = get_html(client, "/trajecten/elders/afspraken/")
    assert (text in html) if text else ("geen eigen regelboek" not in html)


def test_the_page_as_known_before_a_move_is_judged_by_the_rulebook_of_then(client, settings):
    settings.RULEBOOK = towns.TOWNS
    park = towns.trajectory("park", "oegstgeest")
    for row in (park, park.steps.get()):
        row.history.update(history_date=world.moment("2026-04-10 09:00"))
    world.record(park, "2026-04-15 09:00", municipality="leiden")
    assert "Antwoord aan Oegstgeest" in get_html(client, "/trajecten/park/afspraken/?bekend=2026-04-12")
    later = get_html(client, "/trajecten/park/afspraken/?bekend=2026-04-16")
    assert "Antwoord aan Oegstgeest" not in later
    assert f"({towns.LEIDEN.hash})" in later
