"""The words of a row say its kind, method, stage, body and audience; what they do not say stays empty."""

from __future__ import annotations

import pytest

from participation.interchange.plannings.words import (
    KnownOrganisation,
    WordReader,
    normalize_words,
    phase_in,
    phase_of_heading,
)

KNOWN = (
    KnownOrganisation("college", "College van Leiden", "executive"),
    KnownOrganisation("raad", "Gemeenteraad van Leiden", "council"),
    KnownOrganisation("ruimte", "Commissie Ruimte", "committee"),
    KnownOrganisation("zorg", "Commissie Zorg en Samenleving", "committee"),
    KnownOrganisation("hoge-mors", "Wijkvereniging Hoge Mors", "residents_association", True),
    KnownOrganisation("stuurgroep", "Stuurgroep Plein", "steering_group", True),
)
READER = WordReader(KNOWN)


@pytest.mark.parametrize(
    ("title", "kind", "method"),
    [
        ("Bewonersavond in De Bron", "activity", "meeting"),
        ("Startbijeenkomst", "activity", "meeting"),
        ("Inloop in het buurthuis", "activity", "meeting"),
        ("Bijeenkomst met omwonenden", "activity", "meeting"),
        ("Workshop inrichting", "activity", "workshop"),
        ("Ontwerpatelier", "activity", "workshop"),
        ("Enquête onder bewoners", "activity", "survey"),
        ("Digipanel", "activity", "panel"),
        ("Webinar", "activity", "online"),
        ("Langs de deuren", "activity", "door_to_door"),
        ("Straatgesprekken", "activity", "street_conversation"),
        ("Wijkschouw", "activity", "walk"),
        ("Burgerberaad", "activity", "citizens_assembly"),
        ("Hoorzitting", "activity", "hearing"),
        ("Overleg met Wijkvereniging Hoge Mors", "contact", ""),
        ("Participatieplan bespreken met bewoners", "plan_review", ""),
        ("Bespreken participatieplan met bewoners", "plan_review", ""),
        ("Ontwerp ter inzage", "inspection", ""),
        ("Zienswijzenperiode", "inspection", ""),
        ("Nieuwsbrief", "update", ""),
        ("Brief aan omwonenden", "update", ""),
        ("Persmoment", "update", ""),
        ("Terugkoppeling aan deelnemers", "feedback", ""),
        ("Participatieverslag", "final_report", ""),
        ("Evaluatie met bewoners", "evaluation", ""),
        ("Vergunningaanvraag", "application", ""),
        ("Zomerreces", "milestone", ""),
        ("Meivakantie", "milestone", ""),
        ("Voorbereiding bewonersavond", "milestone", ""),
        ("Verzending stukken naar de raad", "milestone", ""),
        ("Verwerken van de reacties", "milestone", ""),
        ("Projectgroep", "milestone", ""),
        ("Ambtelijk overleg", "milestone", ""),
        ("Start uitvoering", "milestone", ""),
        ("Rapport gereed", "milestone", ""),
        ("Stuurgroep", "briefing", ""),
        ("Bespreking in college", "briefing", ""),
        ("Raadsinformatiebrief", "briefing", ""),
        ("Werkconferentie colleges", "briefing", ""),
        ("Terugkoppeling aan de raad", "briefing", ""),
        ("Collegebesluit", "decision", ""),
        ("Vaststelling in de raad", "decision", ""),
        ("Raad stelt het plan vast", "decision", ""),
        ("Zienswijze in de raad", "decision", ""),
        ("Iets heel anders", "", ""),
        ("Bijeenkomst", "", ""),
        ("Overleg", "", ""),
        ("", "", ""),
    ],
)
def test_the_first_notion_in_the_title_decides_the_kind(title, kind, method):
    found = READER.read(title)
    assert (found.kind, found.method) == (kind, method)


@pytest.mark.parametrize(
    ("title", "phase", "stage"),
    [
        ("Vaststelling startnotitie in de raad", "", "setup"),
        ("Besluitvorming in gemeenteraden", "", "adoption"),
        ("Zienswijze in commissie Ruimte", "", "proposal"),
        ("Zienswijze in de raad", "decision", "proposal"),
        ("College besluit over het raadsvoorstel", "", "proposal"),
        ("College stelt het plan definitief vast", "", "adoption"),
        ("Collegebesluit", "", ""),
        ("Raadsbesluit", "", "adoption"),
        ("Besluit van de raad", "", ""),
        ("Gemeenteraad", "decision", "adoption"),
    ],
)
def test_the_stage_of_a_decision_is_only_given_where_the_words_say_it(title, phase, stage):
    found = READER.read(title, phase=phase)
    assert (found.kind, found.stage) == ("decision", stage)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Bespreking in college", "college"),
        ("Bespreking in B&W", "college"),
        ("Bespreking in colleges", "executive"),
        ("Raadsvergadering", "raad"),
        ("Bespreking in de raden", "council"),
        ("Bespreking in commissie Ruimte", "ruimte"),
        # Two committees: which of them, the words do not say.
        ("Bespreking in commissie", "committee"),
        ("Stuurgroep", "stuurgroep"),
        ("Klankbordgroep – stuurgroep", "sounding_board"),
        ("Verzending stukken aan stuurgroep", "stuurgroep"),
        ("Aanpassen op advies van de stuurgroep", ""),
        ("Adviesraad en raadpleging", ""),
        ("Collega's bijpraten", ""),
        ("Bewonersavond met de stuurgroep", ""),
    ],
)
def test_the_body_is_the_organisation_where_there_is_one_else_its_kind(title, body):
    assert READER.read(title).body == body


def test_an_actor_of_the_plan_goes_before_other_organisations_of_its_kind():
    actor = KnownOrganisation("commissie-lb", "Commissie Leefbaarheid", "committee", True)
    assert WordReader([*KNOWN, actor]).read("Bespreking in commissie").body == "commissie-lb"


@pytest.mark.parametrize(
    ("title", "rest", "audience"),
    [
        ("Avond met bewoners en ondernemers", "", ("residents", "entrepreneurs")),
        ("Startbijeenkomst", "Een bijeenkomst met inwoners, bedrijven en instellingen", ("residents", "entrepreneurs")),
        ("Startbijeenkomst", "De raad kan de inwoners later horen", ()),
        ("Wandeling met Wijkvereniging Hoge Mors", "", ("hoge-mors",)),
        ("Nieuwsbrief", "", ("everyone",)),
        ("Brief aan omwonenden", "", ("residents",)),
        ("Bespreking in college", "Met bewoners", ()),
        ("Bewonersavond", "Uitnodiging op de website", ("residents",)),
    ],
)
def test_the_audience_comes_from_the_title_and_from_with_whom(title, rest, audience):
    assert READER.read(title, rest).audience == audience


@pytest.mark.parametrize(
    ("title", "optional", "tentative", "cancelled"),
    [
        ("Bewonersavond (optioneel)", True, False, False),
        ("Eventuele stuurgroep", True, False, False),
        ("Conferentie (?)", False, True, False),
        ("Avond o.v.b.", False, True, False),
        ("Stuurgroep vervalt", False, False, True),
        ("Bewonersavond?", False, False, False),
    ],
)
def test_what_is_optional_tentative_or_cancelled_is_recognised(title, optional, tentative, cancelled):
    found = READER.read(title)
    assert (found.is_optional, found.is_tentative, found.is_cancelled) == (optional, tentative, cancelled)


def test_results_that_are_published_are_an_update_for_everyone():
    assert READER.read("Uitkomsten panel gereed", "Rapport op website")[:1] == ("update",)
    assert READER.read("Uitkomsten panel gereed").kind == "milestone"
    assert READER.read("Uitkomsten panel").kind == ""


def test_a_name_of_a_cell_is_read_by_itself():
    assert READER.body_of("Commissie Ruimte") == "ruimte"
    assert READER.body_of("Jan") == ""
    assert READER.audience_of("Bewoners / ondernemers") == ("residents", "entrepreneurs")
    assert READER.audience_of("iedereen") == ("everyone",)


def test_an_organisation_of_exactly_this_name_is_the_body():
    reader = WordReader(
        [
            KnownOrganisation("raad-voorbeeld", "Gemeenteraad (voorbeeld)", "council"),
            KnownOrganisation("raad-a", "Raad", "council"),
            KnownOrganisation("commissie", "Raad en Ruimte!", "committee"),
        ]
    )
    assert reader.body_of("Gemeenteraad  (Voorbeeld)") == "raad-voorbeeld"
    assert reader.body_of("raad") == "raad-a"
    assert reader.body_of("Raad en ruimte!") == "commissie"
    assert reader.body_of("Vergadering gemeenteraad (voorbeeld), 10 december") == "raad-voorbeeld"
    # Which of the two it is, these words do not tell.
    assert reader.body_of("De gemeenteraad") == "council"
    assert reader.body_of("") == ""


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("BEELDVORMING", "exploration"),
        ("Verkenningsfase", "exploration"),
        ("Fase 2: Oordeelsvormend", "judgement"),
        ("2. Oordeelsvormende fase", "judgement"),
        ("Besluitvorming", "decision"),
        ("Uitvoering", "execution"),
        ("Evaluatie", "evaluation"),
        ("Oordeelsvormende", ""),
        ("Besluitvorming in de raad", ""),
        ("Bewonersavond", ""),
        ("", ""),
    ],
)
def test_a_heading_of_a_phase_holds_only_its_name(text, phase):
    assert phase_of_heading(text) == phase


def test_a_phase_is_found_in_a_cell():
    assert phase_in("3 Besluitvormend") == "decision"
    assert phase_in("later") == ""


def test_accents_case_and_glued_footnotes_do_not_matter():
    assert normalize_words("Enquête  in\n2gemeenteraden") == "enquete in gemeenteraden"
    assert normalize_words("3d-model en 2e avond") == "3d-model en 2e avond"
