"""Editing motions and commitments: for coordinators, with typed text preserved and an undo."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.utils.html import strip_tags

from participation.models import Changeset, Commitment, Motion, Obligation
from tests import world
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MOTION, PROMISE = "/moties/21.0098/04/", "/toezeggingen/T-1/"
FORMS = (
    *("/moties/nieuw/", f"{MOTION}wijzigen/", f"{MOTION}bericht/"),
    *("/toezeggingen/nieuw/", f"{PROMISE}wijzigen/", f"{PROMISE}bericht/", f"{PROMISE}nakomen/"),
)
TWICE_A_YEAR = {"repeats_every_months": 6, "repeats_first_due_on": world.on("2021-12-31")}


@pytest.fixture
def coordinator(client):
    made = world.user("coordinator")
    client.force_login(made)
    return made


class FormFields(HTMLParser):
    """The fields of the form on a page, with what they hold."""

    def __init__(self, html):
        super().__init__()
        self.found, self._area, self._select = {}, None, None
        self.feed(html.partition("<main")[2].partition("</main>")[0])

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        if tag == "textarea":
            self._area = name
            self.found[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in attrs:
            self.found[self._select] = attrs["value"]
        elif tag == "input" and name:
            self._add_input(name, attrs)

    def _add_input(self, name, attrs):
        if attrs.get("type") not in ("checkbox", "radio"):
            self.found[name] = attrs.get("value", "")
        elif "checked" in attrs:
            self.found.setdefault(name, []).append(attrs["value"])

    def handle_data(self, data):
        if self._area:
            self.found[self._area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.found[self._area] = self.found[self._area].removeprefix("\n")
            self._area = None


def filled(html):
    """Return the values of the form on a page: text fields, choices and hidden fields."""
    found = FormFields(html).found
    found.pop("csrfmiddlewaretoken", None)
    return found


def typed(client, address, **changes):
    """Return the fields of the form at this URL with these changes."""
    return {**filled(get_html(client, address)), **changes}


# ---------- permissions


@pytest.mark.parametrize("address", FORMS)
def test_only_coordinators_may_write(client, address):
    world.motion()
    world.commitment(**TWICE_A_YEAR)

    assert client.get(address).status_code == client.post(address).status_code == 302
    for role in ("adviser", "association_member", "auditor"):
        client.force_login(world.user(role))
        assert client.get(address).status_code == client.post(address).status_code == 403
    for role in ("coordinator", "administrator"):
        client.force_login(world.user(role))
        assert client.get(address).status_code == 200
    assert not Changeset.objects.exists()
    assert client.put(address).status_code == 405


# ---------- a motion


def test_an_added_motion_is_found_by_its_number_and_assessed_at_once(client, coordinator):
    given = typed(
        client,
        "/moties/nieuw/",
        number="M21.0098/04",
        title="Scenario's",
        dictum="Werk met scenario's.",
        body="council",
        adopted_on="medio november 2021",
        outcome="adopted",
        votes_for="20",
        votes_against="0",
        rules=["scenarios-offered"],
    )
    response = client.post("/moties/nieuw/", given)

    assert response.headers["Location"] == MOTION
    motion = Motion.objects.get()
    assert (motion.number, motion.printed_as, motion.rules) == ("21.0098/04", "M21.0098/04", ["scenarios-offered"])
    assert motion.votes_against == 0
    assert motion.adopted_on == world.between("2021-11-11", "2021-11-20", "month_part", "medio november 2021") or (
        motion.adopted_on.precision == "month_part"
    )
    assert motion.history.get().history_user == coordinator
    assert Obligation.objects.filter(motion=motion, rule="motion-followed-up").exists()
    entry = Changeset.objects.get()
    assert (entry.verb, entry.motion) == ("added", motion)
    assert f"/ongedaan/{entry.pk}/" in get_html(client, MOTION)


def test_changing_a_motion_keeps_the_other_fields(client, coordinator):
    world.motion(dictum="Werk.", rules=["rule-of-yesterday"], also_printed_as=["X"], body="raad-elders")
    given = typed(client, f"{MOTION}wijzigen/", settled_on="2024-05-16")
    assert "number" not in given

    assert client.post(f"{MOTION}wijzigen/", given).headers["Location"] == MOTION

    motion = Motion.objects.get()
    assert motion.settled_on == world.on("2024-05-16")
    assert (motion.dictum, motion.rules, motion.also_printed_as) == ("Werk.", ["rule-of-yesterday"], ["X"])
    assert (motion.body, motion.adopted_on, motion.outcome) == ("raad-elders", world.on("2021-11-11"), "adopted")
    assert Changeset.objects.get().verb == "changed"


def test_saving_without_changes_records_nothing(client, coordinator):
    world.motion(dictum="Werk.", printed_as="21.0098/04")
    client.post(f"{MOTION}wijzigen/", typed(client, f"{MOTION}wijzigen/"))

    assert not Changeset.objects.exists()
    assert Motion.history.count() == 1
    assert "Er is niets gewijzigd." in get_html(client, MOTION)


def test_a_recorded_change_can_be_undone(client, coordinator):
    world.motion()
    client.post(f"{MOTION}wijzigen/", typed(client, f"{MOTION}wijzigen/", title="Anders"))
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")

    assert Motion.objects.get().title == "Scenario's"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "21.0098/4"}, "number"),
        ({"number": "nieuw"}, "number"),
        ({"number": "x/wijzigen"}, "number"),
        ({"number": "x/bericht/"}, "number"),
        ({"votes_for": "20"}, "votes_against"),
        ({"votes_against": "20"}, "votes_for"),
        ({"votes_for": "veel", "votes_against": "1"}, "votes_for"),
        ({"adopted_on": "ooit eens"}, "adopted_on"),
        ({"rules": ["no-such-rule"]}, "rules"),
        ({"outcome": "misschien"}, "outcome"),
    ],
)
def test_errors_are_shown_at_their_field_and_the_input_is_kept_unsaved(client, coordinator, changes, field):
    world.motion()
    given = typed(client, "/moties/nieuw/", number="22.0001", title="Mijn <titel>") | changes
    html = client.post("/moties/nieuw/", given).content.decode()

    assert f'id="id_{field}_error"' in html
    assert "<title>Fout: " in html
    assert 'value="Mijn &lt;titel&gt;"' in html
    assert Motion.objects.count() == 1
    assert not Changeset.objects.exists()


def test_a_conflict_overwrites_nothing_and_the_input_can_still_be_saved(client, coordinator):
    motion = world.motion()
    given = typed(client, f"{MOTION}wijzigen/", title="Het mijne")
    motion.owner = "Een ander"
    motion.save()

    response = client.post(f"{MOTION}wijzigen/", given)
    html = response.content.decode()

    assert response.status_code == 409
    assert Motion.objects.get().title == "Scenario's"
    assert "Iemand anders heeft dit intussen gewijzigd" in html
    assert "van “niet vastgelegd” naar “Een ander”" in html
    again = filled(html)
    assert again["title"] == "Het mijne"
    assert client.post(f"{MOTION}wijzigen/", again).status_code == 302
    assert Motion.objects.get().title == "Het mijne"


def test_the_field_named_in_the_url_gets_focus_and_the_user_returns_afterwards(client, coordinator):
    world.motion()
    address = f"{MOTION}wijzigen/?veld=settled_on&terug=/deze-week/"
    html = get_html(client, address)

    assert (
        'name="settled_on"'
        in html.partition("autofocus")[0].rpartition("<input")[2] + (html.partition("autofocus")[2].partition(">")[0])
    )
    assert "/deze-week/" in ParsedPage(html).links
    given = {**filled(html), "settled_on": "2024-05-16"}
    assert client.post(address, given).headers["Location"] == "/deze-week/"
    elsewhere = client.post(f"{MOTION}wijzigen/?terug=//elders.example/", given | {"title": "X", "shown": ""})
    assert "elders" not in elsewhere.headers.get("Location", "")


# ---------- a commitment


def test_a_commitment_is_added_and_changed(client, coordinator):
    given = typed(
        client, "/toezeggingen/nieuw/", number="T-1", text="Vaker praten", made_on="2021-05-19", made_to="council\nwijk"
    )
    assert client.post("/toezeggingen/nieuw/", given).headers["Location"] == PROMISE
    assert Commitment.objects.get().made_to == ["council", "wijk"]

    client.post(f"{PROMISE}wijzigen/", typed(client, f"{PROMISE}wijzigen/", fulfilled_on="2022-01-01"))

    promise = Commitment.objects.get()
    assert (promise.fulfilled_on, promise.text) == (world.on("2022-01-01"), "Vaker praten")
    assert list(Changeset.objects.values_list("verb", flat=True)) == ["changed", "added"]
    assert Obligation.objects.filter(commitment=promise).exists()


def test_a_commitment_needs_a_text(client, coordinator):
    html = client.post("/toezeggingen/nieuw/", {"number": "T-1"}).content.decode()

    assert 'id="id_text_error"' in html
    assert not Commitment.objects.exists()


# ---------- a commitment that comes back


def test_a_commitment_comes_back_every_so_many_months(client, coordinator):
    world.commitment(text="Praten")
    address = f"{PROMISE}wijzigen/"
    given = typed(client, address, repeats_every_months="6", repeats_first_due_on="31-12-2021", repeats_until="2030")
    assert client.post(address, given).headers["Location"] == PROMISE
    promise = Commitment.objects.get()
    assert (promise.repeats_every_months, promise.repeats_first_due_on) == (6, world.on("2021-12-31"))
    text = " ".join(strip_tags(get_html(client, PROMISE).replace("<", " <")).split())
    assert "Elke 6 maanden" in text
    assert "31 december 2021 Tot en met 2030" in text


@pytest.mark.parametrize(
    ("repeats", "wrong"),
    [
        ({"repeats_every_months": "6"}, "repeats_first_due_on"),
        ({"repeats_first_due_on": "31-12-2021"}, "repeats_every_months"),
        ({"repeats_every_months": "0", "repeats_first_due_on": "31-12-2021"}, "repeats_every_months"),
        ({"repeats_every_months": "121", "repeats_first_due_on": "31-12-2021"}, "repeats_every_months"),
    ],
)
def test_a_repetition_that_cannot_be_gives_an_error_at_its_field(client, coordinator, repeats, wrong):
    world.commitment(text="Praten")
    html = client.post(f"{PROMISE}wijzigen/", typed(client, f"{PROMISE}wijzigen/", **repeats)).content.decode()
    assert re.findall(r'id="id_(\w+)_error"', html) == [wrong]
    assert Commitment.objects.get().repeats_every_months is None


def test_each_time_that_it_was_kept_is_recorded_and_listed(client, coordinator):
    promise = world.commitment(**TWICE_A_YEAR)
    address = f"{PROMISE}nakomen/"
    assert address in ParsedPage(get_html(client, PROMISE)).links
    response = client.post(address, typed(client, address, on="gisteren", text="Gesproken met de wijk"))
    assert response.headers["Location"] == f"{PROMISE}#verloop"
    fulfilment = promise.fulfilments.get()
    assert (fulfilment.on, fulfilment.text) == (world.on("2026-04-19"), "Gesproken met de wijk")
    html = get_html(client, PROMISE)
    assert "De toezegging is deze keer nagekomen" in html
    assert "Gesproken met de wijk" in html
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert not promise.fulfilments.exists()


def test_what_is_kept_once_has_no_form_for_a_next_time(client, coordinator):
    world.commitment()
    assert client.get(f"{PROMISE}nakomen/").status_code == 404
    assert f"{PROMISE}nakomen/" not in ParsedPage(get_html(client, PROMISE)).links


def test_the_due_date_of_a_commitment_that_comes_back_is_its_first(client, coordinator):
    world.commitment(**TWICE_A_YEAR)
    html = get_html(client, f"{PROMISE}wijzigen/?veld=due_on")
    assert "autofocus" in re.search(r'<input[^>]*name="repeats_first_due_on"[^>]*>', html)[0]
    assert "autofocus" not in re.search(r'<input[^>]*name="due_on"[^>]*>', html)[0]


def test_what_is_written_in_the_register_is_said_to_be_public(client, coordinator):
    world.commitment()
    for address in (f"{PROMISE}wijzigen/", f"{PROMISE}bericht/"):
        assert "Wat u hier opslaat, kan iedereen meteen lezen." in get_html(client, address)


# ---------- progress reports


@pytest.mark.parametrize("address", [MOTION, PROMISE])
def test_an_added_report_meets_its_obligation(client, coordinator, address):
    of = {"motion": world.motion()} if address == MOTION else {"commitment": world.commitment()}
    given = typed(client, f"{address}bericht/", text="Er is een proef.")
    assert given["on"]

    response = client.post(f"{address}bericht/", given)

    assert response.headers["Location"] == f"{address}#verloop"
    [row] = of.values()
    assert [(str(r.on.latest), r.text) for r in row.reports.all()] == [("2026-04-20", "Er is een proef.")]
    assert "Er is een proef." in get_html(client, address)
    rule = "motion-followed-up" if address == MOTION else "commitment-reported"
    assert Obligation.objects.filter(**of, rule=rule, met_on="2026-04-20").exists()
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert not row.reports.exists()


@pytest.mark.parametrize("lacks", ["on", "text"])
def test_a_report_needs_a_date_and_a_text(client, coordinator, lacks):
    world.motion()
    given = {"on": "2026-04-20", "text": "Er is een proef.", lacks: ""}
    html = client.post(f"{MOTION}bericht/", given).content.decode()

    assert f'id="id_{lacks}_error"' in html
    assert not Changeset.objects.exists()


@pytest.mark.parametrize("address", FORMS)
def test_the_forms_work_without_javascript_and_with_a_screen_reader(client, coordinator, address):
    world.motion()
    world.commitment(**TWICE_A_YEAR)
    html = get_html(client, address)
    read = ParsedPage(html)

    assert len(read.ids) == len(set(read.ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert "<script" not in html
    assert "None" not in html.partition("<main")[2]
