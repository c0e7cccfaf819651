"""The list of rules, and a page for each."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.utils.html import strip_tags

from participation.compliance.rulebooks import load_rulebooks
from participation.compliance.vocabulary import BASICS
from participation.presentation.rules import sorted_rules
from tests import towns, world
from tests.web.html_helpers import AGREEMENTS, TODAY, ParsedPage, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ALL, FEEDBACK = "/regels/", "/regels/feedback-given/"
RULES = load_rulebooks("leiden").first.rules


def words(html):
    main = html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(strip_tags(main.replace("<t", " <t")).split())


def listed(html):
    return re.findall(r'<li id="rule-(.+?)"', html)


# ---------- the list


def test_rules_are_grouped_by_basic_condition_with_the_strongest_first(client):
    html = get_html(client, ALL)

    assert sorted(listed(html)) == sorted(rule.id for rule in RULES)
    assert f"In totaal {len(RULES)} regels." in html
    contact = html.partition('id="basic-contact"')[2].partition("</section>")[0]
    assert listed(contact)[0] == "complaint-handled"
    assert "Soort bron: wet" in words(f"<main>{contact}</main>")


def test_old_links_to_a_rule_lead_to_its_page(client):
    html = get_html(client, ALL)

    assert {f"rule-{rule.id}" for rule in RULES} <= set(ParsedPage(html).ids)
    assert {f"/regels/{rule.id}/" for rule in RULES} <= set(ParsedPage(html).links)


def test_findings_of_others_are_shown_with_their_subject(client):
    finding = load_rulebooks("leiden").first.findings[0]

    assert finding["text"]["nl"] in get_html(client, ALL)
    assert finding["text"]["en"] in get_html(client, ALL, HTTP_ACCEPT_LANGUAGE="en")


@pytest.mark.parametrize(
    ("language", "heading", "origin"),
    [
        ("nl", "Geldt ook, maar Leidraad toetst het nog niet", "Bekend uit: Reactie van Leidse Gesprekken"),
        ("en", "Applies, not yet tested by Leidraad", "Known from: Reaction of Leidse Gesprekken"),
    ],
)
def test_texts_that_apply_untested_and_what_is_known_second_hand_are_named(client, language, heading, origin):
    unread = load_rulebooks("leiden").first.unread_sources()
    assert {"V19", "L10"} <= unread.keys()
    html = get_html(client, ALL, HTTP_ACCEPT_LANGUAGE=language)
    section = words(f"<main>{html.partition(heading)[2].partition('</section>')[0]}</main>")
    assert all(source.text[language] in section for source in unread.values())
    assert origin in words(get_html(client, "/regels/plan-recorded/", HTTP_ACCEPT_LANGUAGE=language))
    assert heading not in get_html(client, f"{ALL}?zoek=plan", HTTP_ACCEPT_LANGUAGE=language)


def test_the_notice_of_a_rulebook_is_shown_above_its_rules(client, settings):
    assert load_rulebooks("leiden").first.notice is None
    settings.RULEBOOK = "amsterdam"
    notice = load_rulebooks("amsterdam").first.notice["nl"]
    assert notice in words(get_html(client, ALL)).partition("Toon")[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("zoek=feedback-given", ["feedback-given"]),
        ("zoek=ZES+weken+inzage", ["inspection-six-weeks"]),
        ("zoek=eenhoorn", []),
        ("woord=law", sorted(rule.id for rule in RULES if rule.strength == "law")),
        ("zoek=Woo-verzoek&woord=law", ["woo-decided"]),
    ],
)
def test_rules_can_be_searched_and_filtered_by_strength(client, query, found):
    html = get_html(client, f"{ALL}?{query}")

    assert sorted(listed(html)) == found
    shown_text = "regel past" if len(found) == 1 else "regels passen"
    assert f"{len(found)} {shown_text} bij uw keuze." in html
    assert ("Geen regel past hierbij." in html) == (not found)
    assert load_rulebooks("leiden").first.findings[0]["text"]["nl"] not in html


def test_an_invalid_choice_gives_an_error_and_the_input_is_kept(client):
    html = get_html(client, f"{ALL}?woord=koning&zoek=<b>")

    assert 'id="id_woord_error"' in html
    assert 'value="&lt;b&gt;"' in html


# ---------- a rule


def test_a_rule_shows_its_text_source_and_calculation(client):
    shown_text = words(get_html(client, FEEDBACK))

    for text in (
        "Terugkoppeling na een activiteit",
        "Wie tijd geeft aan een activiteit",
        "Wat er moet gebeuren Leg vast wat er met de inbreng is gedaan",
        "Soort bron toezegging van het college",
        "Rekenkamerbrief Burgerparticipatie",
        "Vanaf 19 mei 2021: binnen 28 dagen.",
        "feedback-given",
    ):
        assert text in shown_text


def test_examples_are_shown_with_their_status_and_calculation(client):
    html = get_html(client, FEEDBACK)
    first = words(f"<main>{html.partition('Vier weken niets gehoord</h3>')[2].partition('<h3>')[0]}</main>")
    none = words(f"<main>{html.partition('Een geschrapte activiteit</h3>')[2].partition('</li>')[0]}</main>")

    assert first.startswith("Op 8 april 2026: Te laat")
    assert "28 dagen" in first
    assert none == "Op 8 april 2026: de regel geldt hier niet."


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_rule_page_shows_its_examples_with_the_promised_status(client, language):
    from participation.web.rules.examples import example_results

    for rule in RULES:
        for example, shown_text in zip(
            rule.examples, example_results(rule, load_rulebooks("leiden").first, language), strict=True
        ):
            statuses = {verdict.status for verdict in shown_text.verdicts}
            assert statuses == {s for s in example.expected.values() if s != "none"}, (rule.id, shown_text.title)
        html = get_html(client, f"/regels/{rule.id}/", HTTP_ACCEPT_LANGUAGE=language)
        assert ParsedPage(html)
        assert "…" not in html.partition("<main")[2].partition("</main>")[0], rule.id


def test_counts_separate_retrospective_trajectories_and_link_to_overdue_ones(client):
    square = world.trajectory(title="Het plein")
    overdue_obligation(square, subject="a")
    overdue_obligation(square, subject="b")
    overdue_obligation(square, subject="c", met_on=date(2026, 4, 1))
    overdue_obligation(world.trajectory("terug", retrospective=True, title="Toen"))
    overdue_obligation(world.trajectory("geheim", public=False, title="Nog geheim"))
    html = get_html(client, FEEDBACK)
    rows = [words(f"<main>{row}</main>") for row in re.findall(r"<tr>(.*?)</tr>", html, re.S)]

    assert rows == ["Stand Hoe vaak Terugblik", "Te laat 2 1", "Gedaan 1 0"]
    assert "Openbare trajecten, geteld op 20 april 2026" in html
    assert f"{AGREEMENTS}#feedback-given" in ParsedPage(html).links
    assert "2 keer" in html
    assert "Toen" not in words(html)
    assert "Nog geheim" not in html
    client.force_login(world.user("auditor"))
    html = get_html(client, FEEDBACK)
    assert "Nog geheim" in html
    assert "Alle trajecten, geteld op" in html


def test_a_rule_without_obligations_or_overdue_ones_says_so(client):
    assert "Deze regel gold nog nergens." in get_html(client, FEEDBACK)
    overdue_obligation(met_on=TODAY)
    assert "Nu is het nergens te laat." in get_html(client, FEEDBACK)


def test_rules_about_motions_and_commitments_link_to_those(client):
    world.obligation(motion=world.motion(), rule="motion-settled")
    world.obligation(commitment=world.commitment(text="Een plan"), rule="commitment-kept")

    motion, promise = (get_html(client, f"/regels/{rule}/") for rule in ("motion-settled", "commitment-kept"))

    assert "/moties/21.0098/04/#motion-settled" in ParsedPage(motion).links
    assert "/toezeggingen/T-1/#commitment-kept" in ParsedPage(promise).links
    assert "Moties, geteld op" in motion


def test_many_overdue_trajectories_are_paginated_and_take_no_more_queries(client, django_assert_max_num_queries):
    overdue_obligation(world.trajectory("plein"))
    with django_assert_max_num_queries(6) as few:
        get_html(client, FEEDBACK)
    for number in range(30):
        overdue_obligation(world.trajectory(f"plein-{number}"))
    with django_assert_max_num_queries(len(few)):
        html = get_html(client, FEEDBACK)

    assert html.count("#feedback-given") == 25
    assert "Deel 2 van 2" in get_html(client, f"{FEEDBACK}?pagina=2")


def test_an_unknown_rule_gives_404(client):
    assert client.get("/regels/no-such-rule/").status_code == 404


@pytest.mark.parametrize("address", [ALL, FEEDBACK])
def test_the_pages_are_readable_without_javascript_and_read_only(client, address):
    overdue_obligation()
    html = get_html(client, address)
    read = ParsedPage(html)

    assert len(read.ids) == len(set(read.ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert set(re.findall(r'aria-labelledby="(.+?)"', html)) <= set(read.ids)
    assert html.count("<table") == html.count("<caption")
    assert "<script" not in html
    assert client.post(address).status_code == 405


def test_the_pages_are_available_in_english(client):
    overdue_obligation()

    assert "Status across the city" in get_html(client, FEEDBACK, HTTP_ACCEPT_LANGUAGE="en")
    assert "rules in total" in get_html(client, ALL, HTTP_ACCEPT_LANGUAGE="en")


# ---------- several rulebooks


@pytest.fixture
def two_towns(settings, today):
    settings.RULEBOOK = towns.TOWNS
    for town in ("leiden", "oegstgeest"):
        overdue_obligation(world.trajectory(f"plein-{town}", municipality=town))


OTHER = "?regelboek=oegstgeest"


def test_the_list_shows_the_first_rulebook_and_each_other_one_by_its_name(client, two_towns):
    first, other = get_html(client, ALL), get_html(client, ALL + OTHER)
    assert (listed(first), listed(other)) == (sorted_ids(towns.LEIDEN), sorted_ids(towns.TOWN))
    assert '<option value="oegstgeest">Regels van Oegstgeest</option>' in first
    assert f'href="{FEEDBACK}"' in first
    assert f'href="{FEEDBACK}{OTHER}"' in other
    assert f'href="/regels/rulebook.json{OTHER}"' in other


def html_figures(html):
    """Return how often each status of the rule occurs."""
    table = html.partition('id="city"')[2].partition("</table>")[0]
    return re.findall(r'<td class="ld-number">(\d+)</td>', table)


def sorted_ids(rulebook):
    return [rule.id for basic in BASICS for rule in sorted_rules(rulebook) if rule.basic == basic]


def test_the_permalink_of_a_rule_keeps_leading_to_that_of_the_first_rulebook(client, two_towns):
    ours, theirs = words(get_html(client, FEEDBACK)), words(get_html(client, FEEDBACK + OTHER))
    assert "binnen 28 dagen" in ours
    assert "binnen 56 dagen" in theirs
    assert "Antwoord aan Oegstgeest" in theirs
    assert "Antwoord aan Oegstgeest" not in ours
    assert f'href="{FEEDBACK}{OTHER}"' in get_html(client, FEEDBACK)
    assert "Uitnodiging" not in ours
    # A rule that only the other rulebook has needs no choice.
    assert "Buurt uitgenodigd" in get_html(client, "/regels/neighbours-invited/")


def test_the_figures_of_a_rule_are_of_what_its_rulebook_judges(client, two_towns):
    ours, theirs = get_html(client, FEEDBACK), get_html(client, FEEDBACK + OTHER)
    assert "/trajecten/plein-leiden/" in ours
    assert "/trajecten/plein-oegstgeest/" not in ours
    assert "/trajecten/plein-oegstgeest/" in theirs
    assert "/trajecten/plein-leiden/" not in theirs
    figures = html_figures(ours), html_figures(theirs)
    assert figures == (["1"], ["1"])


@pytest.mark.parametrize("address", [ALL, FEEDBACK, "/regels/rulebook.json", "/regels/rulebook.html"])
def test_a_rulebook_that_is_not_in_use_is_not_found(client, two_towns, address):
    assert client.get(f"{address}?regelboek=amsterdam").status_code == 404
    assert client.get(f"{address}{OTHER}").status_code == 200


def test_with_one_rulebook_there_is_no_choice(client):
    html = get_html(client, ALL)
    assert "regelboek" not in html.partition("<main")[2].partition("</form>")[0]
    assert "Regels van Oegstgeest" not in get_html(client, FEEDBACK)
