"""Mails to followers: changes in plain words, the reason for the mail, and a link to unsubscribe."""

from __future__ import annotations

import re
from datetime import date, time
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Follower
from participation.presentation.change_messages import (
    _RENDERERS,
    ANCHORS,
    CHANGE_LABELS,
    ChangeRenderer,
    change_url,
)
from participation.presentation.notifications import (
    already_following_mail,
    confirmation_mail,
    followed_url,
    follower_url,
    notification_mail,
)
from participation.presentation.values import truncate
from participation.selectors.changes.feed import FeedChange
from participation.selectors.changes.state_changes import KINDS
from participation.selectors.followers import FollowedTarget
from tests import world

NOW = world.moment("2026-04-21T05:30")
RULEBOOKS = load_rulebooks("leiden")
SQUARE = FollowedTarget("trajectory", 1, "plein", "Het plein")
OBLIGATION = ObligationValue(
    "feedback-given", "s1", due_on=date(2026, 4, 17), met_on=date(2026, 4, 20), details={"about": "de avond"}
)
EVENING = {
    "kind": "activity",
    "method": "meeting",
    "title": "Bewonersavond",
    "when": world.on("2026-03-20"),
    "starts_at": time(19, 30),
    "ends_at": time(21, 0),
    "closes": None,
    "place_name": "",
    "place_address": "",
    "place_online_url": "",
    "sign_up_url": "",
}
PLACE = {
    "place_name": "Buurthuis",
    "place_address": "Plein 1",
    "place_online_url": "https://meet.example.org/plein",
    "sign_up_url": "https://example.org/aanmelden",
}
IDEA = {"party": "wijk-a", "theme": "", "summary": "Meer bomen", "outcome": "partly", "response": "Tien bomen"}
#: A contribution without a party, a theme or a text.
PLAIN = {"party": "", "theme": "", "summary": ""}
CONCERN = {"kind": "concern", "party": "wijk-a", "summary": "Wij zijn niet gevraagd"}
WAIVER = {"rule": "scenarios-offered", "subject": "", "reason": "Eén plek", "by": "de projectleider", "until": None}


def change(kind, parts, about="step", more=0, slug="plein", title="Het plein"):
    return FeedChange(1, slug, title, NOW, kind, about, "s1", f"{about}-1-{kind}", parts, more)


def render(kind, parts, language="nl", **more):
    return ChangeRenderer(RULEBOOKS, language, {"wijk-a": "Wijkvereniging A"}).render(change(kind, parts, **more))


def follower(**columns):
    return Follower(
        pk=7,
        email="bewoner@example.org",
        token="a-b_c",
        frequency="daily",
        language="nl",
        asked_at=NOW,
        notified_until=world.moment("2026-04-14T08:00"),
        **columns,
    )


def news(*changes, followed=SQUARE, language="nl"):
    to = follower()
    to.language = language
    renderer = ChangeRenderer(RULEBOOKS, language, {})
    return notification_mail(to, followed, changes, renderer, date(2026, 4, 22), NOW, NOW)


# ---------- wording


def test_every_change_type_has_its_icon_and_text():
    assert set(CHANGE_LABELS) == set(_RENDERERS) == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "parts", "line", "details"),
    [
        ("planned", EVENING, "Gepland: Bewonersavond (bijeenkomst): 20 maart 2026, van 19.30 tot 21.00 uur", ()),
        (
            "planned",
            {**EVENING, "starts_at": time(21, 0), "ends_at": time(0, 30)},
            "Gepland: Bewonersavond (bijeenkomst): 20 maart 2026, van 21.00 tot 00.30 uur (de volgende dag)",
            (),
        ),
        (
            "planned",
            {**EVENING, "closes": world.on("2026-03-31"), "ends_at": None, "title": ""},
            "Gepland: Bijeenkomst: 20 maart 2026, om 19.30 uur",
            ("Meedoen kan tot en met 31 maart 2026.",),
        ),
        (
            "moved",
            {**EVENING, "starts_at": None, "was": world.on("2026-03-13")},
            "Verplaatst: Bewonersavond (bijeenkomst): van 13 maart 2026 naar 20 maart 2026",
            (),
        ),
        (
            "placed",
            {**EVENING, **PLACE},
            "Waar u kunt meedoen: Bewonersavond (bijeenkomst): 20 maart 2026, van 19.30 tot 21.00 uur",
            (
                "Waar: Buurthuis, Plein 1",
                "Aanmelden: https://example.org/aanmelden",
                "Doe online mee: https://meet.example.org/plein",
            ),
        ),
        ("planned", {**EVENING, "place_address": "Plein 1"}, "Gepland: ", ("Waar: Plein 1",)),
        ("moved", {**EVENING, **PLACE, "was": world.on("2026-03-13")}, "Verplaatst: ", None),
        ("corrected", {**EVENING, **PLACE, "was": world.on("2026-03-13")}, "Datum verbeterd: ", ()),
        ("held", {**EVENING, **PLACE}, "Geweest: ", ()),
        (
            "contact",
            {"role": "project_manager", "name": "", "phone": "14 071", "email": "plein@leiden.nl"},
            "Aanspreekpunt: Projectmanager, 14 071, plein@leiden.nl",
            (),
        ),
        ("cancelled", {**EVENING, **PLACE}, "Gaat niet door: Bewonersavond (bijeenkomst)", None),
        ("decided", {**EVENING, "kind": "decision", "title": "Raadsbesluit"}, "Besluit genomen: Raadsbesluit: ", None),
        ("answered", IDEA, "Antwoord: “Meer bomen”, van Wijkvereniging A", None),
        (
            "answered",
            {
                **IDEA,
                "count": 5,
                "all": [IDEA, *[{**IDEA, "party": "residents", "summary": f"Idee {n}"} for n in "123"], PLAIN],
            },
            "Antwoord: 5 bijdragen, van bewoners en Wijkvereniging A",
            ("Deels overgenomen.", "Tien bomen", "Het gaat om: “Meer bomen”, “Idee 1”, “Idee 2” en nog 2."),
        ),
        (
            "answer_changed",
            {**IDEA, "count": 2, "all": [PLAIN, {**PLAIN, "theme": "Groen"}]},
            "Antwoord aangepast: 2 bijdragen",
            ("Deels overgenomen.", "Tien bomen", "Het gaat om: “Groen” en nog 1."),
        ),
        ("asked", CONCERN, "Ontvangen: Zorg, van Wijkvereniging A", ("Wij zijn niet gevraagd",)),
        ("asked", {**CONCERN, "kind": "complaint"}, "Ontvangen: Klacht, van Wijkvereniging A", ()),
        ("explained", WAIVER, "Uitleg gegeven: ", ("Eén plek", "Van de projectleider.")),
        (
            "overdue",
            {"rule": "feedback-given", "subject": "s1", "obligation": OBLIGATION},
            "Te laat: ",
            ("De termijn liep tot en met 17 april 2026.",),
        ),
        (
            "done_late",
            {"rule": "feedback-given", "obligation": OBLIGATION},
            "Alsnog gedaan: ",
            ("Gedaan op 20 april 2026.",),
        ),
        ("state", {"status": "paused"}, "Stand van zaken: ", ()),
    ],
)
def test_changes_are_described_in_natural_sentences(kind, parts, line, details):
    text = render(kind, parts)
    assert text.line.startswith(line)
    assert details is None or text.details == details


def test_changes_that_are_not_listed_are_counted():
    text = render("received", {}, more=12)
    assert (text.line, text.details) == ("Inbreng ontvangen: nog 12", ())
    assert render("received", {}, language="en", more=12).line == "Contribution received: 12 more"


def test_a_change_links_to_its_subject():
    parts = {"rule": "feedback-given", "subject": "s1", "obligation": OBLIGATION}
    assert change_url(change("overdue", parts)).endswith("/trajecten/plein/afspraken/#feedback-given--s1")
    assert change_url(change("planned", EVENING)).endswith("/trajecten/plein/plan/#tijdlijn")
    assert change_url(change("decided", EVENING)).endswith("/trajecten/plein/plan/#besluiten")
    assert change_url(change("answered", IDEA, about="contribution")).endswith("/trajecten/plein/inbreng/#inbreng")
    assert change_url(change("began", {"level": ""}, about="trajectory")).endswith("/trajecten/plein/")


def test_every_link_target_exists_on_the_trajectory_page():
    pages = Path(settings.BASE_DIR, "templates/web/trajectories").glob("*.html")
    ids = set(re.findall(r'\bid="([a-z]+)"', "".join(page.read_text(encoding="utf-8") for page in pages)))
    assert set(ANCHORS.values()) <= ids


def test_long_texts_are_truncated_to_one_line():
    assert truncate("een\ntwee  drie", 100) == "een twee drie"
    assert len(truncate("woord " * 200, 60)) <= 60


# ---------- mails


def test_a_notification_names_change_reason_next_date_and_unsubscribe_link():
    mail = news(change("planned", EVENING), change("answered", IDEA))
    (html, kind) = mail.alternatives[0]
    assert (mail.subject, kind) == ("Het plein: 2 wijzigingen", "text/html")
    for text in (mail.body, html):
        assert "2 wijzigingen sinds 14 april 2026." in text
        assert "U krijgt deze mail omdat u dit traject volgt: Het plein." in text
        assert "Het volgende bericht komt op zijn vroegst op 22 april 2026" in text
        assert follower_url("a-b_c", "stoppen") in text
        assert "Meer bomen" in text
    assert "<style" not in html.replace("<style>@media", "")
    assert 'lang="nl"' in html


def test_a_notification_has_one_click_unsubscribe_and_a_stable_message_id():
    first, second = news(change("planned", EVENING)), news(change("planned", EVENING))
    headers = first.extra_headers
    stop, answer = follower_url("a-b_c", "stoppen"), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    assert headers["List-Unsubscribe"] == f"<{stop}>, <mailto:{answer}?subject=stop>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "nl"
    assert headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert first.message().as_bytes()


def test_a_neighbourhood_notification_has_a_heading_for_each_trajectory():
    quarter = FollowedTarget("neighbourhood", 2, "binnenstad", "Binnenstad")
    mail = news(
        change("planned", EVENING), change("planned", EVENING, slug="steeg", title="De steeg"), followed=quarter
    )
    html = mail.alternatives[0][0]
    assert html.count("<h2") == 2
    assert "U krijgt deze mail omdat u deze wijk volgt: Binnenstad." in mail.body


def test_an_english_notification_contains_no_dutch_text_of_the_product():
    mail = news(change("planned", EVENING), language="en")
    assert mail.subject == "Het plein: 1 change"
    assert "Planned: Bewonersavond (meeting): 20 March 2026, from 19:30 to 21:00" in mail.body
    assert "U krijgt" not in mail.body


def test_user_text_is_escaped():
    mail = news(change("answered", {**IDEA, "summary": "<b>Meer & meer</b>"}))
    assert "<b>Meer & meer</b>" in mail.body
    assert "&lt;b&gt;Meer &amp; meer&lt;/b&gt;" in mail.alternatives[0][0]


def test_a_multiline_title_gives_a_single_line_subject():
    mail = confirmation_mail(follower(), SQUARE._replace(title="Het\nplein"), date(2026, 4, 27), NOW)
    assert mail.subject == "Bevestig dit: nieuws over Het plein"


def test_the_confirmation_email_has_the_link_its_expiry_and_what_to_ignore():
    mail = confirmation_mail(follower(), SQUARE, date(2026, 4, 27), NOW)
    for text in (mail.body, mail.alternatives[0][0]):
        assert follower_url("a-b_c", "bevestigen") in text
        assert "De link werkt tot en met 27 april 2026." in text
        assert "Was u dat niet?" in text


def test_an_existing_follower_gets_the_frequency_and_the_settings_link():
    mail = already_following_mail(follower(), SQUARE, NOW)
    assert "elke dag" in mail.body
    assert follower_url("a-b_c") in mail.body
    assert "bevestigen" not in mail.body


def test_an_email_is_in_the_reader_language_whatever_is_active():
    with translation.override("en"):
        assert confirmation_mail(follower(), SQUARE, date(2026, 4, 27), NOW).subject.startswith("Bevestig dit")


def test_links_in_emails_match_the_url_patterns():
    token = ["a-b_c"]
    assert urlsplit(follower_url("a-b_c")).path == reverse("follow_settings", args=token)
    assert urlsplit(follower_url("a-b_c", "bevestigen")).path == reverse("follow_confirm", args=token)
    assert urlsplit(follower_url("a-b_c", "stoppen")).path == reverse("follow_unsubscribe", args=token)
    assert urlsplit(followed_url(SQUARE)).path == reverse("trajectory", args=["plein"])
    quarter = FollowedTarget("neighbourhood", 2, "binnenstad", "Binnenstad")
    assert urlsplit(followed_url(quarter)).path == reverse("neighbourhood", args=["binnenstad"])
