"""A digest as a mail: in both languages, as text and as accessible HTML."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import NamedTuple

import pytest
from django.utils.text import capfirst

from participation.compliance.obligations import FLAGGED
from participation.compliance.rulebooks import load_rulebooks
from participation.models import User
from participation.models.people import ROLES
from participation.presentation.digest_data import RESOLVED, ExpiringWaiver, Recipient, WaitingRequest
from participation.presentation.digest_mail import digest_mail, next_digest_date
from tests.presentation.lines import MONDAY, line, new, report, resolved

RULEBOOKS = load_rulebooks("leiden")
ADDRESS = "leidraad@leiden.example"
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
#: A member of an association gets a digest of another kind: see test_association_digest.py.
#: Members of associations get a digest of their own, council members none.
STAFF = [role for role in ROLES if role not in ("association_member", "council_member")]
EVERYONE = [(role, language) for role in STAFF for language in ("nl", "en")]
WAIVER = ExpiringWaiver(
    title="Plein",
    home="https://x.example/plein/",
    rule_title="Scenario's om uit te kiezen",
    until=date(2026, 11, 27),
    link="https://x.example/plein/#scenarios-offered",
)


def everything():
    """Return lines in every status, new and old, of a trajectory, a motion and a retrospective case."""
    dates = {
        "strict_due_on": date(2026, 11, 10),
        "due_on": date(2026, 11, 23),
        "expected_on": date(2026, 12, 1),
        "met_on": date(2026, 11, 12),
        "missing": ("first_activity", "level"),
    }
    flags = [
        new(status, subject=f"{status.replace('_', '-')}-{strength}", strength=strength, **dates)
        for status in FLAGGED
        for strength in ("law", "practice")
    ]
    waiting = [
        line("unknown", subject="s1", rule=rule, due_on=None, missing=("step_date",))
        for rule in ("feedback-given", "plan-recorded")
    ]
    done = [resolved(status, subject=status.replace("_", "-"), **dates) for status in RESOLVED]
    back = [
        new(status, subject=status.replace("_", "-"), name="toen", retrospective=True, strength="law", **dates)
        for status in FLAGGED
    ]
    register = [line(status, owner_type="motion", name="21.0098/04", **dates) for status in FLAGGED[:1]]
    many = [new(subject=f"s{n}", name=f"t{n % 11}", days_late=n) for n in range(25)]
    return [*flags, *waiting, *done, *back, *register, *many]


def word_count(text):
    """Return the number of words, addresses left out."""
    return sum(bool(re.search(r"\w", word)) for word in re.sub(r"https?://\S+", "", text).split())


class Rendered(NamedTuple):
    """A mail with its decoded parts."""

    subject: str
    text: str
    html: str


@pytest.fixture(autouse=True)
def _address(settings):
    settings.DEFAULT_FROM_EMAIL, settings.BASE_URL = f"Leidraad <{ADDRESS}>", "https://x.example"


def rendered(*lines, role="coordinator", language="nl", frequency="weekly", **rest):
    user = User(pk=7, email="lezer@example.org", role=role, language=language, report_frequency=frequency)
    found = report(*lines, recipient=Recipient(role, language), **rest)
    mail = digest_mail(user, found, RULEBOOKS, NOW)
    return Rendered(mail.subject, mail.body, mail.alternatives[0][0])


def full(role="coordinator", language="nl", **rest):
    return rendered(*everything(), role=role, language=language, **{"waivers": [WAIVER], **rest})


# ---------- wording


@pytest.mark.parametrize(("role", "language"), EVERYONE)
def test_no_phrase_is_missing_and_no_placeholder_is_left(role, language):
    for period in ("weekly", "daily"):
        mail = full(role, language, period=period)
        for text in (mail.subject, mail.text, re.sub(r"<style>.*?</style>", "", mail.html, flags=re.S)):
            words = re.sub(r'https?://\S+|class="[^"]*"|style="[^"]*"', "", text)
            assert not re.findall(r"[{}…]|\bNone\b|\b[a-z]+_[a-z_]+\b", words)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_obligations_are_never_phrased_as_blame(language):
    mail = full(language=language)
    assert not re.findall(r"\b(schuld\w*|fout\w*|nalatig\w*|verzuim\w*|fault\w*|blame\w*|fail\w*)", mail.text, re.I)


def test_every_row_has_the_obligation_due_date_strength_and_link():
    mail = rendered(new(days_late=1, due_on=date(2026, 11, 15), link="https://x.example/#a"), role="adviser")
    values = "* Terugkoppeling over s1.\n  Uiterlijk 15 november 2026: 1 dag te laat. Beleid.\n  https://x.example/#a\n"
    assert values in mail.text
    assert '<a href="https://x.example/#a" style="color: #0b4f8a;">Terugkoppeling over s1.</a>' in mail.html


@pytest.mark.parametrize(
    ("status", "columns", "values"),
    [
        ("overdue", {"days_late": 12}, "Uiterlijk 13 november 2026: 12 dagen te laat."),
        ("due_soon", {"due_on": MONDAY}, "Uiterlijk vandaag, 16 november 2026."),
        ("due_soon", {"due_on": date(2026, 11, 17)}, "Uiterlijk 17 november 2026: nog 1 dag."),
        (
            "planned_late",
            {"due_on": date(2026, 11, 20), "expected_on": date(2026, 11, 24)},
            "Uiterlijk 20 november 2026, maar gepland op 24 november 2026.",
        ),
        (
            "planned_late",
            {"due_on": date(2026, 12, 25), "expected_on": date(2026, 12, 28), "closes_too_soon": True},
            "Sluit op 25 december 2026, maar moet open zijn tot en met 28 december 2026.",
        ),
        (
            "overdue",
            {"due_on": date(2026, 11, 13), "expected_on": date(2026, 11, 16), "closes_too_soon": True},
            "Sloot op 13 november 2026, maar moest open zijn tot en met 16 november 2026.",
        ),
        (
            "possibly_overdue",
            {"strict_due_on": date(2026, 11, 10), "due_on": date(2026, 11, 20)},
            "Uiterlijk ergens van 10 november 2026 tot en met 20 november 2026",
        ),
        ("unknown", {"missing": ("level",)}, "Vul in: het niveau van participatie."),
    ],
)
def test_each_status_shows_its_own_dates(status, columns, values):
    assert values in rendered(new(status, **columns)).text


def test_an_auditor_gets_links_without_requests():
    mail = full("auditor")
    assert "Wat u kunt doen" not in mail.text
    assert "Vul in" not in mail.text
    assert "Doe het alsnog" not in mail.text
    assert "Wat nog ontbreekt: een eerste activiteit met een datum" in mail.text


def test_a_normal_week_is_under_five_hundred_words():
    laws = [new("due_soon", subject=f"l{n}", strength="law") for n in range(4)]
    news = [new(subject=f"s{n}", name=f"t{n % 4}") for n in range(14)]
    old = [line(subject=f"o{n}", name=f"t{n % 4}") for n in range(20)]
    unknown = [line("unknown", subject="s1", rule=f"r{n}", due_on=None, missing=("step_date",)) for n in range(9)]
    done = [resolved(subject=f"d{n}") for n in range(8)]
    mail = rendered(
        *laws, *news, *old, *unknown, *done, role="adviser", waivers=[WAIVER], requests=[waiting("I-1"), waiting("I-2")]
    )
    assert 200 < word_count(mail.text) < 500


def waiting(number, **columns):
    """Return a request without a trajectory that awaits moderation."""
    link = f"https://x.example/initiatieven/{number}/"
    asked = {"kind": "initiative", "text": "Een pluktuin", "awaits_moderation": True}
    return WaitingRequest(number=number, link=link, **{**asked, **columns})


def test_requests_without_a_trajectory_are_counted_alike_in_subject_and_body():
    due = {"awaits_moderation": False, "rule_title": "Besluit op een Woo-verzoek", "strength": "law", "kind": "woo"}
    law = waiting("V-1", **due, due_on=date(2026, 11, 20))
    mail = rendered(role="adviser", requests=[law, *(waiting(f"I-{n}") for n in range(4))])
    assert mail.subject == "Participatie week 47: 5 initiatieven en vragen"
    assert "\nInitiatieven en vragen (5)\n" in mail.text
    assert "Besluit op een Woo-verzoek: Een pluktuin\n  Uiterlijk 20 november 2026: nog 4 dagen. Wet.\n" in mail.text
    assert "Te beoordelen: Een pluktuin\n  https://x.example/initiatieven/I-0/" in mail.text
    assert "https://x.example/initiatieven/I-2/" not in mail.text
    assert "2" in mail.text.rpartition("https://x.example/initiatieven/I-1/")[2].partition("deze-week")[0]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_numbers_and_words_of_the_subject_are_those_of_the_headings(language):
    mail = full(language=language)
    counts = mail.subject.partition(": ")[2].split(", ")
    assert len(counts) == 4
    for count in counts[:3]:
        number, _space, name = count.partition(" ")
        assert f"\n{capfirst(name)} ({number})\n" in mail.text


def test_law_comes_first_in_the_mail_whatever_is_longer_overdue():
    text = rendered(new(subject="promise", days_late=90), line("due_soon", subject="law", strength="law")).text
    assert text.index("Uit wet of verordening (1)") < text.index("over law.") < text.index("Nieuw (1)")


def test_what_is_only_counted_has_its_numbers_its_cause_and_a_link_to_the_week():
    waiting = [line("unknown", rule=rule, due_on=None, missing=("step_date",), about="“Avond”") for rule in ("a", "b")]
    text = rendered(line(), line(subject="old", due_on=date(2026, 10, 1)), *waiting).text
    assert "\nVerder (4)\n\n2 te laat en 2 nog niet bekend. Daarvan: 1 meer dan vier weken te laat.\n" in text
    assert "* “Avond”, de datum ervan: 2 punten wachten hierop\n" in text
    assert "Bekijk de hele week: https://x.example/deze-week/" in text


def test_new_rows_are_marked_in_words_and_not_only_by_colour():
    mail = rendered(new(subject="a", strength="law"), line(subject="b", strength="law"))
    assert mail.text.count("* Nieuw: ") == 1
    assert mail.html.count(">Nieuw</span>") == 1


def test_omitted_rows_are_counted_beside_a_link():
    mail = rendered(*(new(subject=f"s{n}", days_late=n) for n in range(12)))
    assert "Bekijk ook de 8 andere punten hier: https://x.example/plein/" in mail.text
    assert (
        '<a href="https://x.example/plein/" style="color: #0b4f8a;">Bekijk ook de 8 andere punten hier</a>' in mail.html
    )


def test_a_waiver_shows_its_end_and_what_to_do():
    text = rendered(waivers=[WAIVER]).text
    assert "Scenario's om uit te kiezen: de uitleg geldt tot en met 27 november 2026." in text
    assert "Doe het alsnog, of geef een nieuwe uitleg." in text


def test_the_footer_explains_why_and_when_it_was_sent_and_how_to_unsubscribe():
    text = full("adviser").text
    for values in (
        "omdat u adviseur bent van deze trajecten",
        "maandag 23 november 2026",
        ADDRESS,
        "16 november 2026",
        RULEBOOKS.hash,
        "Kies hoe vaak u mail krijgt, of krijg een tijd geen mail: https://x.example/mijn/post/",
        "Stop met deze berichten: https://x.example/post/stoppen/7:",
    ):
        assert values in text.partition("\n-- \n")[2]


def test_a_daily_recipient_reads_when_the_next_daily_and_weekly_digests_come():
    monday = rendered(line(), frequency="daily").text
    assert "Het volgende bericht komt op dinsdag 17 november 2026, als er dan iets veranderd is." in monday
    assert "Op maandag 23 november 2026 krijgt u weer het hele overzicht." in monday
    assert "The next mail comes on Tuesday 17 November 2026" in rendered(line(), frequency="daily", language="en").text


@pytest.mark.parametrize(
    ("frequency", "day", "following"),
    [
        pytest.param("weekly", "2026-11-16", "2026-11-23", id="a week later"),
        pytest.param("weekly", "2026-11-19", "2026-11-23", id="on Monday whatever the day"),
        pytest.param("daily", "2026-11-16", "2026-11-17", id="the next day"),
        pytest.param("daily", "2026-11-20", "2026-11-23", id="not at the weekend"),
        pytest.param("daily", "2026-12-24", "2026-12-28", id="not at Christmas"),
        pytest.param("daily", "2026-04-02", "2026-04-06", id="the week's comes on Easter Monday too"),
    ],
)
def test_the_next_digest_comes_on_a_monday_or_the_next_working_day(frequency, day, following):
    days = date.fromisoformat(day), date.fromisoformat(following)
    assert next_digest_date(frequency, days[0], RULEBOOKS.first.calendar) == days[1]


def test_a_daily_digest_has_its_day_as_heading():
    assert full(period="daily").text.startswith("Participatie maandag 16 november 2026\n\n")


def test_the_text_has_no_lines_of_signs_that_are_read_aloud():
    assert not re.search(r"^[=\-_*]{3,}|[\[\]]", full().text, re.M)


def test_plain_text_is_unescaped_and_html_is_escaped():
    mail = rendered(new(title='Plein & <b>"co"</b>', message="Meer <script>bomen</script> & lucht."))
    assert 'Plein & <b>"co"</b>' in mail.text
    assert "Meer &lt;script&gt;bomen&lt;/script&gt; &amp; lucht." in mail.html
    assert "<script" not in mail.html


# ---------- accessible HTML


class DigestPage(HTMLParser):
    """Parses headings, links, table headers, and the colours of every text."""

    VOID = ("meta", "br", "hr", "img", "link", "!doctype")

    def __init__(self, html):
        super().__init__()
        self.stack: list[tuple[str, str, str, str | None]] = [("", "#000000", "#ffffff", None)]
        self.language, self.headings, self.links, self.texts, self.tags, self.styles = None, [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        style = dict(re.findall(r"([\w-]+):\s*([^;]+)", given.get("style") or ""))
        _tag, colour, ground, _href = self.stack[-1]
        colour, ground = style.get("color", colour), style.get("background", ground)
        self.tags.append((tag, given, self.stack[-1][0]))
        self.styles.append(style)
        if tag == "html":
            self.language = given.get("lang")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.stack.append((tag, colour, ground, given.get("href")))

    def handle_endtag(self, tag):
        assert self.stack.pop()[0] == tag

    def handle_data(self, text):
        tag, colour, ground, href = self.stack[-1]
        if text.strip() and tag not in ("title", "style"):
            self.texts.append((text.strip(), colour, ground))
            if tag == "a":
                self.links.append((text.strip(), href))


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_html_has_a_language_and_a_title(language):
    mail = full(language=language)
    assert DigestPage(mail.html).language == language
    assert f"<title>{mail.subject}</title>" in mail.html


def test_heading_levels_are_not_skipped_below_one_title():
    headings = DigestPage(full().html).headings
    assert headings.count(1) == 1
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_every_text_has_enough_contrast():
    texts = DigestPage(full().html).texts
    assert len(texts) > 70
    assert [(text, one, other) for text, one, other in texts if contrast(one, other) < 4.5] == []


def test_dark_text_is_on_a_light_background():
    assert all(luminance(colour) < luminance(ground) for _text, colour, ground in DigestPage(full().html).texts)


def test_lists_are_marked_up_as_lists():
    page = DigestPage(full().html)
    assert {parent for tag, _given, parent in page.tags if tag == "li"} == {"ul"}


def test_no_list_element_is_empty():
    assert not re.search(r"<ul[^>]*>\s*</ul>", full().html)


def test_every_link_text_is_unique_for_its_target():
    page = DigestPage(rendered(new(), new("unknown", subject="b", missing=("level",)), waivers=[WAIVER]).html)
    assert page.links
    assert all(href.startswith("http") for _text, href in page.links)
    assert "Vul in: het niveau van participatie." in dict(page.links)


def test_no_external_resources_are_loaded_and_the_width_fits_a_phone():
    mail = full()
    page = DigestPage(mail.html)
    assert not {tag for tag, _given, _parent in page.tags} & {"img", "link", "script", "iframe", "video"}
    assert "url(" not in mail.html
    assert not [
        style for style in page.styles if re.search(r"\d{3,}px", style.get("width", "") + style.get("min-width", ""))
    ]


def test_styles_are_inline_for_mail_clients_that_drop_the_head():
    mail = full()
    assert re.search(r"<body[^>]*font-family", mail.html)
    assert "@media" in mail.html
