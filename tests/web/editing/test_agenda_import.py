"""A file with agendas is looked at and recorded in many trajectories at once; again, it adds nothing."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from participation.models import Changeset, Document, Step
from participation.web.editing import agenda_preview
from tests import world
from tests.interchange.agendas.agenda_files import (
    content,
    ibabs,
    ibabs_item,
    notubiz,
    notubiz_document,
    notubiz_item,
    notubiz_meeting,
)
from tests.web.editing.form_helpers import FormPage, log_in_as_adviser_of
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE = "/agenda/inlezen/"
NUMBER = "Z/26/123456"
PAPER = notubiz_document(9, "Raadsvoorstel visie", case_code=NUMBER, date="2026-03-01")


@pytest.fixture
def square(client):
    square = world.trajectory(case_number=NUMBER)
    log_in_as_adviser_of(client, square)
    return square


def meeting(*items, on="2026-06-10", **more):
    return notubiz_meeting(*(items or [notubiz_item(7, "Vaststelling visie", PAPER)]), on=on, **more)


def upload(client, *meetings, file=None):
    made = SimpleUploadedFile("agenda.json", notubiz(*(meetings or [meeting()])) if file is None else file)
    return client.post(PAGE, {"file": made})


def preview(client, *meetings, **more):
    return FormPage(upload(client, *meetings, **more), "carried")


def text_of(response):
    main = response.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def ticks(page):
    """Return the boxes of items and documents that are ticked."""
    return re.findall(r'name="(take|held|document)" value="([^"]*)" checked', page.form)


def save(client, page, take=None, document=None, held=None, **more):
    """Send the form as it is ticked, or with these ticks."""
    sent = {"take": take, "document": document, "held": held}
    given = {name: [v for n, v in ticks(page) if n == name] if value is None else value for name, value in sent.items()}
    return page.send(client, do="save", **given, **more)


# ---------------------------------------------------------------- who


@pytest.mark.parametrize(
    ("role", "status"), [("association_member", 403), ("auditor", 403), ("adviser", 200), ("coordinator", 200)]
)
def test_only_who_works_on_trajectories_imports_agendas(client, role, status):
    client.force_login(world.user(role))
    assert client.get(PAGE).status_code == status
    assert upload(client).status_code == status


def test_the_trajectory_and_the_week_lead_to_the_page(client, square):
    assert PAGE in get_html(client, "/trajecten/voorbeeldplein/plan/")
    assert PAGE in get_html(client, "/deze-week/")
    client.logout()
    assert PAGE not in get_html(client, "/trajecten/voorbeeldplein/plan/")


# ---------------------------------------------------------------- recording


def test_an_item_with_the_case_number_is_ticked_and_becomes_a_decision(client, square):
    world.organisation(world.COUNCIL, name="Gemeenteraad")
    page = preview(client)
    assert ticks(page) == [("take", "0 new"), ("document", "0.0")]
    response = save(client, page)
    assert response.headers["Location"] == "/trajecten/voorbeeldplein/"
    step, document = Step.objects.get(), Document.objects.get()
    assert (step.ref, step.title, step.kind, step.stage) == ("notubiz-7", "Vaststelling visie", "decision", "adoption")
    assert (step.planned, step.done, step.body) == (world.on("2026-06-10"), None, world.COUNCIL)
    assert (step.case_number, step.documents) == (NUMBER, ["notubiz-document-9"])
    assert (document.title, document.url) == ("Raadsvoorstel visie", "https://api.notubiz.nl/document/9/1")
    assert (document.kind, document.dated_on) == ("other", world.on("2026-03-01"))


@pytest.fixture
def recorded(client, square):
    """Items of one file in two trajectories, just recorded."""
    lake = world.trajectory("meer", case_number="Z/26/654321")
    square.advisers.get().trajectories.add(lake)
    other = notubiz_item(8, "Raadsbrief", notubiz_document(10, "Brief", case_code="Z/26/654321"))
    response = save(client, preview(client, meeting(notubiz_item(7, "Vaststelling", PAPER), other)))
    assert response.headers["Location"] == PAGE
    return list(Changeset.objects.order_by("trajectory_id"))


def test_an_import_in_several_trajectories_is_undone_at_once(client, recorded):
    assert {changeset.about for changeset in recorded} == {"een agenda (stappen: 1, documenten: 1)"}
    html = get_html(client, PAGE)
    assert "Vastgelegd in “Voorbeeldplein” en “Meer”." in html
    undo = f"/ongedaan/{recorded[0].pk}/?samen=1"
    assert html.count("/ongedaan/") == html.count(undo) == 1
    confirmation = get_html(client, undo)
    assert "<li>Meer</li>" in confirmation
    assert "4 gegevens die zijn toegevoegd, verdwijnen." in text_of(client.get(undo))
    client.post(undo)
    assert not Step.objects.exists()
    assert not Document.objects.exists()
    assert "al eerder ongedaan gemaakt" in text_of(client.post(undo, follow=True))


def test_an_import_of_which_a_part_was_changed_since_stays_whole(client, recorded):
    world.record(Step.objects.get(trajectory__slug="meer"), "2026-04-20 11:00", title="Iets anders")
    response = client.post(f"/ongedaan/{recorded[0].pk}/?samen=1", follow=True)
    assert "Meer: Iemand heeft dit daarna gewijzigd" in text_of(response)
    assert Step.objects.count() == Document.objects.count() == 2


def test_an_import_is_not_undone_by_who_may_not_undo_a_part_of_it(client, recorded, square):
    adviser = square.advisers.get()
    adviser.trajectories.remove(recorded[1].trajectory)
    assert client.post(f"/ongedaan/{recorded[0].pk}/?samen=1").status_code == 403
    client.post(f"/ongedaan/{recorded[0].pk}/")
    assert list(Step.objects.values_list("trajectory__slug", flat=True)) == ["meer"]


def test_what_was_undone_by_itself_is_left_as_it_is(client, recorded):
    client.post(f"/ongedaan/{recorded[0].pk}/")
    client.post(f"/ongedaan/{recorded[1].pk}/?samen=1")
    assert not Step.objects.exists()
    assert Changeset.objects.filter(verb="undone").count() == 2


def test_the_same_file_adds_nothing_twice(client, square):
    save(client, preview(client))
    page = preview(client)
    assert ticks(page) == []
    assert text_of(page.response).count("Dit staat er al.") == 2
    assert "Er is niets vast te leggen" in text_of(page.response)
    response = save(client, page, take=["0 new"], document=["0.0"])
    assert response.status_code == 409
    assert (Step.objects.count(), Document.objects.count(), Changeset.objects.count()) == (1, 1, 1)


def test_an_item_that_is_twice_in_a_file_is_one_row(client, square):
    page = preview(client, meeting(), meeting())
    assert page.form.count('name="take"') == 1
    save(client, page)
    assert Step.objects.count() == 1


def test_an_item_that_only_has_words_in_common_is_not_ticked(client):
    parking = world.trajectory("parkeerplan-singelrand")
    log_in_as_adviser_of(client, parking)
    page = preview(client, meeting(notubiz_item(7, "Vaststelling parkeerplan Singelrand", notubiz_document())))
    assert ticks(page) == []
    assert "Alleen woorden in de titel zijn gelijk" in text_of(page.response)
    save(client, page, take=["0 new"])
    assert Step.objects.get().trajectory == parking
    assert not Document.objects.exists()


def test_a_document_alone_can_be_recorded(client, square):
    save(client, preview(client), take=[])
    assert not Step.objects.exists()
    assert Document.objects.get().trajectory == square


def test_another_kind_can_be_chosen(client, square):
    page = preview(client)
    assert page["kind-0"] == "decision:adoption"
    save(client, page, **{"kind-0": "briefing"})
    step = Step.objects.get()
    assert (step.kind, step.stage, step.body, step.case_number) == ("briefing", "", "council", "")


def test_an_item_of_an_unknown_kind_is_recorded_once_it_is_chosen(client, square):
    page = preview(client, meeting(notubiz_item(7, "Visie", notubiz_document(9, "Bijlage", case_code=NUMBER))))
    assert ticks(page) == []
    again = FormPage(save(client, page, take=["0 new"]), "carried")
    assert "Kies wat voor stap het is" in text_of(again.response)
    assert 'aria-invalid="true"' in again.form
    assert not Step.objects.exists()
    assert not Document.objects.exists()
    save(client, again, **{"kind-0": "briefing"})
    assert Step.objects.get().kind == "briefing"


def test_a_kind_that_is_not_offered_is_not_recorded(client, square):
    save(client, preview(client), **{"kind-0": "evaluation"})
    assert Step.objects.get().kind == "decision"


def test_nothing_ticked_says_so(client, square):
    response = save(client, preview(client), take=[], document=[])
    assert "Er is niets aangevinkt" in text_of(response)


# ---------------------------------------------------------------- what took place


def test_what_took_place_is_only_recorded_on_the_word_of_a_person(client, square):
    page = preview(client, meeting(on="2026-03-10"))
    assert ("held", "0 new") not in ticks(page)
    save(client, page, held=["0 new"])
    step = Step.objects.get()
    assert (step.planned, step.done) == (world.on("2026-03-10"), world.on("2026-03-10"))


def test_what_is_still_to_come_cannot_have_taken_place(client, square):
    page = preview(client)
    assert 'name="held"' not in page.form
    assert save(client, page, held=["0 new"]).status_code == 409
    assert not Step.objects.exists()


def test_an_item_that_is_not_recorded_has_not_taken_place_either(client, square):
    page = preview(client, meeting(on="2026-03-10"))
    save(client, page, take=[], held=["0 new"])
    assert not Step.objects.exists()


def test_a_meeting_that_was_held_is_ticked_so_and_completes_a_planned_step(client, square):
    world.step(square, kind="decision", title="Vaststelling visie", planned=world.on("2026-03-10"))
    meetings = {
        "vergaderingen": [{"id": "1", "naam": "Raad", "vergaderdatum": "2026-03-10", "status": "gehouden"}],
        "agendapunten": [
            {"id": "2", "agendapuntTitel": "Vaststelling visie", "vergadering": {"id": "1"}, "zaaknummer": NUMBER}
        ],
    }
    page = preview(client, file=content(meetings))
    assert ticks(page) == [("held", "0 2026-03-10")]
    save(client, page)
    step = Step.objects.get()
    assert (step.ref, step.done) == ("s1", world.on("2026-03-10"))


# ---------------------------------------------------------------- what is there already


def test_a_moved_meeting_moves_the_step_where_that_is_ticked(client, square):
    save(client, preview(client))
    page = preview(client, meeting(on="2026-06-24"))
    assert ticks(page) == []
    assert "Dit staat er al, op een andere datum: 10 juni 2026" in text_of(page.response)
    save(client, page, take=["0 2026-06-10"])
    assert Step.objects.get().planned == world.on("2026-06-24")
    assert Changeset.objects.latest("pk").verb == "rescheduled"


def test_a_step_that_was_changed_meanwhile_is_not_overwritten(client, square):
    save(client, preview(client))
    page = preview(client, meeting(on="2026-06-24"))
    world.record(Step.objects.get(), "2026-04-01", planned=world.on("2026-07-01"))
    response = save(client, page, take=["0 2026-06-10"])
    assert response.status_code == 409
    assert "Intussen heeft iemand een van deze trajecten gewijzigd" in text_of(response)
    assert Step.objects.get().planned == world.on("2026-07-01")


def test_a_cancelled_meeting_is_not_offered_as_a_new_step(client, square):
    page = preview(client, meeting(canceled=True))
    assert 'name="take"' not in page.form
    assert "Deze vergadering gaat niet door" in text_of(page.response)


def test_a_cancelled_meeting_cancels_the_step_where_that_is_ticked(client, square):
    save(client, preview(client))
    page = preview(client, meeting(canceled=True))
    assert ticks(page) == []
    save(client, page, take=["0 2026-06-10"])
    assert Step.objects.get().cancelled
    assert Changeset.objects.latest("pk").verb == "changed"


def test_a_new_document_is_added_to_the_step_that_is_there(client, square):
    save(client, preview(client))
    item = notubiz_item(7, "Vaststelling visie", PAPER, notubiz_document(11, "Nota van zienswijzen"))
    page = preview(client, meeting(item))
    assert ticks(page) == [("document", "0.1")]
    save(client, page)
    assert Step.objects.get().documents == ["notubiz-document-9", "notubiz-document-11"]
    assert Document.objects.get(ref="notubiz-document-11").kind == "weighing"


def test_a_document_is_known_by_its_address(client, square):
    world.document(square, url="https://api.notubiz.nl/document/9/1")
    page = preview(client)
    assert ticks(page) == [("take", "0 new")]
    save(client, page)
    assert Step.objects.get().documents == ["d1"]
    assert Document.objects.count() == 1


def test_a_planned_step_with_the_title_gets_the_date_and_keeps_its_ref(client, square):
    world.step(square, kind="decision", title="Vaststelling visie", planned=world.between("2026-06-01", "2026-06-30"))
    page = preview(client)
    assert ("take", "0 new") not in ticks(page)
    save(client, page, take=[re.search(r'name="take" value="([^"]*)"', page.form)[1]])
    step = Step.objects.get()
    assert (step.ref, step.planned, step.documents) == ("s1", world.on("2026-06-10"), ["notubiz-document-9"])


def test_the_same_title_before_a_committee_is_another_step(client, square):
    first = meeting(notubiz_item(6, "Vaststelling visie", PAPER), on="2026-05-20", name="Commissie Ruimte")
    save(client, preview(client, first))
    page = preview(client)
    assert ticks(page) == [("take", "0 new")]
    save(client, page)
    assert list(Step.objects.order_by("pk").values_list("ref", "kind", "body")) == [
        ("notubiz-6", "briefing", "committee"),
        ("notubiz-7", "decision", "council"),
    ]


def test_another_decision_on_the_same_day_is_named_and_leaves_the_row_unticked(client, square):
    world.step(square, kind="decision", title="Raad beslist", planned=world.on("2026-06-10"))
    page = preview(client)
    assert ticks(page) == []
    assert "Op deze dag staat er al: Raad beslist" in text_of(page.response)


# ---------------------------------------------------------------- rights and forged forms


def test_a_trajectory_of_another_adviser_is_not_shown_or_changed(client, square):
    page = preview(client)
    square.advisers.clear()
    assert "Voorbeeldplein" not in text_of(upload(client))
    assert save(client, page).status_code == 409
    assert not Step.objects.exists()


def test_only_what_was_looked_at_can_be_recorded(client, square):
    page = preview(client)
    response = save(client, page, carried=page["carried"][:-4] + "AAAA")
    assert "Kies het bestand nog een keer" in response.content.decode()
    client.force_login(world.user("coordinator"))
    save(client, page)
    assert not Step.objects.exists()


def test_personal_data_in_a_title_leaves_it_unticked(client, square):
    item = notubiz_item(7, "Vaststelling visie (j.jansen@example.org)", PAPER)
    page = preview(client, meeting(item))
    assert ticks(page) == []
    assert "e-mailadres" in text_of(page.response)


def test_a_script_in_a_title_is_shown_as_text(client, square):
    page = preview(client, meeting(notubiz_item(7, "Besluit <script>alert(1)</script> visie", PAPER)))
    assert "<script>alert" not in page.html


# ---------------------------------------------------------------- the file


def test_a_file_that_cannot_be_read_names_the_place_and_records_nothing(client, square):
    response = upload(
        client, file=content({"Meetings": [{"MeetingtypeId": "t", "MeetingDate": "x", "MeetingItems": "x"}]})
    )
    assert response.status_code == 200
    assert "Vergadering 1, agendapunt : Dit is geen lijst." in text_of(response)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"{", "<li><strong>Regel 1, teken 2</strong>: Dit bestand is geen JSON"),
        (b"%PDF-1.7", "<li>Dit bestand is geen JSON"),
        (content([]), "<li>In dit bestand staan geen vergaderingen"),
    ],
)
def test_a_problem_of_the_whole_file_has_no_place_and_a_remedy_for_agendas(client, square, file, words):
    html = upload(client, file=file).content.decode()
    assert words in html
    assert "dossier" not in html.partition('role="alert"')[2].partition("</section>")[0]


# ---------------------------------------------------------------- assigned by hand


RIVER = notubiz_item(8, "Raadsvoorstel riolering", notubiz_document(10, "Tekening"))


def look(client, page, **more):
    """Assign items to trajectories, or find these, and return the preview again."""
    sent = {name: [v for n, v in ticks(page) if n == name] for name in ("take", "held", "document")}
    return FormPage(page.send(client, **{"do": "assign", **sent, **more}), "carried")


@pytest.fixture
def lake(square):
    lake = world.trajectory("meer", municipality="leiden")
    square.advisers.get().trajectories.add(lake)
    return lake


def test_an_item_is_assigned_by_hand_looked_at_and_recorded_with_the_others(client, square, lake):
    world.organisation(world.COUNCIL, name="Gemeenteraad")
    page = preview(client, meeting(notubiz_item(7, "Vaststelling visie", PAPER), RIVER))
    assert "1 agendapunt gaat niet over een traject van u" in text_of(page.response)
    assert re.findall(r'<option value="([^"]*)"', page.form.partition('name="assign-1"')[2]) == [
        *("", "meer", "voorbeeldplein")
    ]
    page = look(client, page, **{"assign-1": "meer"})
    assert not Step.objects.exists()
    assert "1 agendapunt staat nu bij het traject dat u koos" in text_of(page.response)
    assert "U koos dit traject." in text_of(page.response)
    assert 'name="assign-1"' not in page.form
    assert set(ticks(page)) == {("take", "0 new"), ("document", "0.0"), ("take", "1 new"), ("document", "1.0")}
    save(client, page)
    step = lake.steps.get()
    assert (step.ref, step.kind, step.stage, step.body) == ("notubiz-8", "decision", "adoption", world.COUNCIL)
    assert (square.steps.count(), lake.documents.count(), Changeset.objects.count()) == (1, 1, 2)

    page = preview(client, meeting(notubiz_item(7, "Vaststelling visie", PAPER), RIVER))
    assert ticks(page) == []
    assert "assign-" not in page.form


def test_ticks_that_were_taken_away_stay_so_when_an_item_is_assigned(client, square, lake):
    page = preview(client, meeting(notubiz_item(7, "Vaststelling visie", PAPER), RIVER))
    page = look(client, page, take=[], document=[], **{"assign-1": "meer"})
    assert ticks(page) == [("take", "1 new"), ("document", "1.0")]


def test_an_item_that_is_about_none_stays_in_the_list(client, square, lake):
    page = look(client, preview(client, meeting(RIVER)), **{"assign-0": ""})
    assert 'name="assign-0"' in page.form
    assert ticks(page) == []


def test_pressing_record_with_a_choice_first_shows_what_the_item_becomes(client, square, lake):
    page = preview(client, meeting(RIVER))
    page = FormPage(save(client, page, **{"assign-0": "meer"}), "carried")
    assert not Step.objects.exists()
    save(client, page)
    assert lake.steps.get().ref == "notubiz-8"


@pytest.mark.parametrize("slug", ["geheim", "verzonnen"])
def test_a_trajectory_that_one_may_not_change_cannot_be_chosen(client, square, slug):
    world.trajectory("geheim")
    page = preview(client, meeting(RIVER))
    assert '"geheim"' not in page.form
    for do in ("assign", "save"):
        page = look(client, page, do=do, **{"assign-0": slug})
        assert "kunt u niets vastleggen" in text_of(page.response)
        assert 'name="assign-0"' in page.form
    assert not Step.objects.exists()


def test_trajectories_are_found_by_words_where_there_are_many(client, square, monkeypatch):
    monkeypatch.setattr("participation.web.editing.agenda_assignment.MAX_CHOICES", 1)
    lake = world.trajectory("zwemplas")
    square.advisers.get().trajectories.add(lake)
    page = preview(client, meeting(notubiz_item(7, "Vaststelling visie", PAPER), RIVER))
    assert "Er zijn meer trajecten dan in de lijsten passen" in text_of(page.response)
    # Enter in the field sends the form by its first button.
    page = FormPage(save(client, page, find="Zwem"), "carried")
    assert not Step.objects.exists()
    options = re.findall(r'<option value="([^"]*)"', page.form.partition('name="assign-1"')[2])
    assert options == ["", "zwemplas"]
    assert page["find"] == page["found"] == "Zwem"
    page = look(client, page, do="find", find="niets")
    assert "Geen traject van u heeft deze woorden" in text_of(page.response)


def test_an_assigned_item_that_is_sent_by_another_user_is_refused(client, square, lake):
    page = look(client, preview(client, meeting(RIVER)), **{"assign-0": "meer"})
    client.force_login(world.user("adviser", name="ander"))
    assert "Kies het bestand nog een keer" in text_of(save(client, page))
    assert not Step.objects.exists()


def test_items_without_a_trajectory_are_listed_with_the_remedy(client, square):
    response = upload(client, file=content(ibabs(ibabs_item(title="Riolering"))))
    text = text_of(response)
    assert "Geen agendapunt gaat over een traject van u" in text
    assert "10 juni 2026, Gemeenteraad: Riolering" in text.replace(" :", ":")
    assert "Vul het zaaknummer in bij het traject" in text


def test_rows_that_do_not_fit_are_counted(client, square, monkeypatch):
    monkeypatch.setattr("participation.web.editing.agenda_import.MAX_ROWS", 2)
    items = [notubiz_item(number, f"Vaststelling {number}", PAPER) for number in range(1, 5)]
    page = preview(client, meeting(*items))
    assert page.form.count('name="take"') == 2
    assert "2 rijen staan er niet bij" in text_of(page.response)


def test_a_whole_preview_fits_in_a_form(client, square, settings):
    per_row = 4
    assert agenda_preview.MAX_ROWS * per_row + agenda_preview.MAX_DOCUMENTS < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_the_number_of_queries_does_not_grow_with_the_rows(client, django_assert_max_num_queries):
    trajectories = [world.trajectory(f"traject-{number}", case_number=f"Z/26/{number:06}") for number in range(50)]
    log_in_as_adviser_of(client, *trajectories)
    items = [
        notubiz_item(number, f"Vaststelling {number}", notubiz_document(number, case_code=f"Z/26/{number:06}"))
        for number in range(50)
    ]
    for some in (items[:1], items):
        with django_assert_max_num_queries(20):
            page = preview(client, meeting(*some))
        assert page.form.count('name="take"') == len(some)
    others = [notubiz_item(number, f"Riolering {number}") for number in range(100, 150)]
    for some in (others[:1], others):
        page = preview(client, meeting(*some))
        chosen = {f"assign-{index}": f"traject-{index}" for index in range(len(some))}
        with django_assert_max_num_queries(22):
            page = look(client, page, **chosen)
        assert page.form.count('name="take"') == len(some)
