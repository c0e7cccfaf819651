"""A trajectory under other rules: side by side, for everybody; a proposed file for staff; nothing is stored."""

from __future__ import annotations

from datetime import date
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from participation.models import Obligation, Transition
from tests import towns, world
from tests.web.trajectories.test_detail import plain


def text_of(response):
    """Return the text of a page."""
    return plain(response.content.decode())


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE = "/trajecten/plein/andere-regels/"


@pytest.fixture
def square():
    return towns.trajectory("plein", "leiden")


def staff():
    client = Client()
    client.force_login(world.user("coordinator"))
    return client


def propose(client, text, address=PAGE):
    return client.post(address, {"file": SimpleUploadedFile("voorstel.yaml", text.encode())})


def proposal(term="56 days"):
    text = Path(towns.OEGSTGEEST).read_text(encoding="utf-8")
    assert "term: 56 days" in text
    return text.replace("term: 56 days", f"term: {term}")


def test_a_visitor_sees_another_rulebook_beside_the_own_one_and_nothing_is_stored(square, client):
    before = (Obligation.objects.count(), Transition.objects.count())

    response = client.get(f"{PAGE}?regelboek=basis")

    text = text_of(response)
    assert response.status_code == 200
    assert "Voor dit traject gelden: Leidraad voor Leiden." in text
    assert "Alleen onder de eigen regels" in text
    assert "Bij beide hetzelfde" in text
    assert (Obligation.objects.count(), Transition.objects.count()) == before


def test_each_side_says_its_status_last_day_and_strength(square):
    text = text_of(propose(staff(), proposal()))

    compared = text.partition("Een andere uitkomst")[2].partition("Alleen onder")[0]
    assert "2 maart 2026 toezegging van het college" in compared
    assert "30 maart 2026 wens" in compared


def test_another_day_can_be_asked_for(square, client):
    on_time = text_of(client.get(f"{PAGE}?regelboek=basis&op=2026-02-03"))
    late = text_of(client.get(f"{PAGE}?regelboek=basis&op=2026-04-20"))

    assert "op 3 februari 2026" in on_time
    assert on_time != late


def test_an_unknown_rulebook_is_refused_with_the_choices(square, client):
    text = text_of(client.get(f"{PAGE}?regelboek=../../settings"))

    assert "Eigen regels" not in text
    assert "Kies iets uit de lijst." in text


def test_a_proposal_with_mistakes_shows_each_with_its_line(square):
    text = text_of(propose(staff(), proposal().replace("source: [B1]", "source: [B9]", 1)))

    assert "voorstel.yaml, regelnummer" in text
    assert "de bron 'B9' is er niet. Leidraad kent hier: " in unescape(text)
    assert "Eigen regels" not in text


def test_a_proposal_cannot_read_another_file_of_the_machine(square, tmp_path):
    (tmp_path / "ander.yaml").write_text(proposal(), encoding="utf-8")
    text = text_of(propose(staff(), proposal().replace("extends: nl", f"extends: {tmp_path}/ander.yaml")))

    assert "Eigen regels" not in text
    assert "is geen regelboek van Leidraad. " in text


def test_a_proposal_with_a_term_beyond_the_calendar_is_an_error_of_the_form(square):
    response = propose(staff(), proposal("9999999 days"))

    assert response.status_code == 200
    assert "Eigen regels" not in text_of(response)


def test_a_visitor_and_a_member_cannot_send_a_file(square, client):
    assert propose(client, proposal()).status_code == 403
    member = Client()
    member.force_login(world.user("association_member"))
    assert propose(member, proposal()).status_code == 403
    assert "voorstel" not in text_of(client.get(PAGE))


def test_a_hidden_trajectory_does_not_exist_for_a_visitor(client):
    towns.trajectory("plein", "leiden", public=False)

    assert client.get(f"{PAGE}?regelboek=basis").status_code == 404
    assert staff().get(f"{PAGE}?regelboek=basis").status_code == 200


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_do_not_grow_with_the_steps(square, client, count, django_assert_max_num_queries):
    for number in range(count):
        world.step(square, f"extra{number}", done=world.on("2026-02-02"))
    client.get(f"{PAGE}?regelboek=basis")
    with django_assert_max_num_queries(22):
        client.get(f"{PAGE}?regelboek=basis&op={date(2026, 4, 1)}")
