"""The links in a mail and on a page, and the permissions to follow them."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from participation.compliance.rulebooks import load_rulebooks
from participation.models.people import ROLES
from participation.presentation.mail import link
from participation.services.mail.digests import prepare_digests
from tests import world
from tests.web.html_helpers import AGREEMENTS, BASE_URL, PAGE, TODAY, ParsedPage, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


# ---------- targets of links


def town():
    """Create everything that a digest mentions: late, unknown, waived, of a motion, retrospective."""
    square, hidden = world.trajectory(), world.trajectory("nog-geheim", public=False)
    back = world.trajectory("toen", retrospective=True)
    for number in range(14):
        overdue_obligation(square, subject=f"s{number}")
    overdue_obligation(square, rule="contribution-answered", subject="c 1/é--x")
    overdue_obligation(square, rule="level-motivated", subject="", due_on=None, strict_due_on=None, missing=["level"])
    for subject in ("s1", "s2"):
        overdue_obligation(square, rule="scenarios-offered", subject=subject)
    world.waiver(square, until=date(2026, 4, 22))
    world.waiver(square, rule="feedback-given", subject="s3", until=date(2026, 4, 18))
    overdue_obligation(hidden)
    overdue_obligation(back)
    for number in range(12):
        overdue_obligation(world.trajectory(f"plein-{number}"))
    for number in range(3):
        motion = world.motion(f"21.0098/{number:02}")
        world.obligation(motion=motion, rule="motion-followed-up", subject="")
    for number in ("Z/21/3258970-1", "T 1 (50%?) #é", "T-1", "T-2"):
        world.obligation(commitment=world.commitment(number), rule="commitment-dated", subject="")
    return hidden


# A council member gets no digest.
@pytest.mark.parametrize("role", [role for role in ROLES if role != "council_member"])
def test_every_link_in_a_weekly_digest_leads_to_an_existing_anchor(client, role):
    user = world.user(role, world.RESIDENTS)
    hidden = town()
    hidden.advisers.add(user)
    for of in hidden.__class__.objects.filter(slug="voorbeeldplein"):
        of.advisers.add(user)
    now = timezone.now()
    [(_user, mail)] = prepare_digests(load_rulebooks("leiden"), TODAY, now, [user.pk])
    assert mail is not None
    links = {*ParsedPage(mail.alternatives[0][0]).links, *re.findall(rf"{BASE_URL}\S*[^\s.,)]", mail.body)}
    client.force_login(user)
    pages = {}

    for address in sorted(links):
        assert address.startswith(f"{BASE_URL}/"), address
        place = urlsplit(address)
        if place.path not in pages:
            pages[place.path] = ParsedPage(get_html(client, place.path)).ids
        assert not place.fragment or place.fragment in pages[place.path], address

    if role == "coordinator":
        parts = {urlsplit(address).path.split("/")[1] for address in links}
        assert parts == {"trajecten", "deze-week", "mijn", "post"}
        assert "/deze-week/" in pages
        assert f"{BASE_URL}{AGREEMENTS}#scenarios-offered" in links


def test_a_link_leads_to_any_obligation_whatever_its_subject(client):
    square = world.trajectory()
    for subject in ("", "s1", "met spatie", "é/–?#%", "a--b", '"><b>'):
        overdue_obligation(square, subject=subject)
        address = urlsplit(link("trajectory", square.slug, "feedback-given", subject))
        ids = ParsedPage(get_html(client, address.path)).ids
        assert ids.count(address.fragment) == 1


@pytest.mark.parametrize("number", ["21.0098/04", "Z/21/3258970-1", "T 1 (50%?) #é", "/x/", "a//b"])
def test_a_number_may_contain_any_character_including_a_slash(client, number):
    world.motion(number)
    world.commitment(number)

    for of in ("motion", "commitment"):
        assert ParsedPage(get_html(client, urlsplit(link(of, number)).path))
        assert ParsedPage(get_html(client, reverse(of, args=[number])))


def test_every_link_on_a_page_leads_to_an_existing_anchor(client, monkeypatch):
    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", lambda _html: b"%PDF-")
    square = world.trajectory()
    for rule in load_rulebooks("leiden").first.rules:
        if rule.owner_type == "trajectory":
            overdue_obligation(square, rule=rule.id)
    here = ParsedPage(get_html(client))
    ids = {"": here.ids}

    for address in here.links:
        place = urlsplit(address)
        if place.path not in ids:
            # The home page redirects; feeds and calendars are not pages.
            response = client.get(place.path, follow=True)
            assert response.status_code == 200, address
            is_page = response.headers["Content-Type"].startswith("text/html")
            ids[place.path] = ParsedPage(response.content.decode()).ids if is_page else []
            # A streamed response is read to its end, which closes its file.
            b"".join(response.streaming_content if response.streaming else ())
        assert not place.fragment or place.fragment in ids[place.path], address


# ---------- permissions


@pytest.mark.parametrize("who", ["visitor", "outsider", "neighbour"])
def test_private_trajectories_give_404_for_visitors_and_members(client, settings, who):
    settings.DEBUG = False
    overdue_obligation(world.trajectory(public=False, title="Nog geheim"))
    if who == "outsider":
        client.force_login(world.user("association_member", world.OUTSIDER))
    if who == "neighbour":
        client.force_login(world.user("association_member", world.RESIDENTS))
    response, nothing = client.get(PAGE), client.get("/trajecten/niets/")

    assert response.status_code == nothing.status_code == 404
    texts = [re.sub(r"niets|voorbeeldplein|csrf.*", "", a.content.decode()) for a in (response, nothing)]
    assert texts[0] == texts[1]
    assert "Nog geheim" not in get_html(client, "/trajecten/")


@pytest.mark.parametrize("role", ["adviser", "coordinator", "auditor", "administrator"])
def test_private_trajectories_are_visible_to_municipality_and_council(client, role):
    overdue_obligation(world.trajectory(public=False))
    client.force_login(world.user(role))

    assert "Voorbeeldplein" in get_html(client)
    assert "Voorbeeldplein" in get_html(client, "/trajecten/")


def test_public_trajectories_are_visible_without_login_and_to_the_outsider(client):
    overdue_obligation()

    assert "Voorbeeldplein" in get_html(client)
    client.force_login(world.user("association_member", world.OUTSIDER))
    assert "Voorbeeldplein" in get_html(client)


def test_a_link_to_a_private_page_redirects_to_login_and_back(client, settings):
    settings.DEBUG = False
    overdue_obligation(world.trajectory(public=False))
    way_in = next(a for a in ParsedPage(client.get(PAGE).content.decode()).links if a.startswith("/inloggen/"))
    user = world.user("adviser")
    user.set_password("een-lang-wachtwoord")
    user.save()

    response = client.post(way_in, {"username": "adviser", "password": "een-lang-wachtwoord", "next": PAGE})

    assert way_in == f"/inloggen/?next={PAGE.replace('/', '%2F')}"
    assert response.headers["Location"] == PAGE


@pytest.mark.parametrize(
    "address", [PAGE, "/moties/21.0098/04/", "/toezeggingen/T-1/", "/moties/%00/", "/toezeggingen/a%0Ab/"]
)
def test_unknown_objects_give_404(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/trajecten/", "/moties/", "/toezeggingen/", PAGE])
def test_pages_are_read_only_and_not_cached_by_proxies(client, address):
    overdue_obligation()

    assert client.post(address).status_code == 405
    assert "no-store" in client.get(address).headers["Cache-Control"]


def test_only_users_with_admin_access_see_the_admin_link(client):
    square = overdue_obligation().trajectory
    change = reverse("admin:participation_trajectory_change", args=[square.pk])
    may = Permission.objects.get(codename="change_trajectory")
    seen = {}
    for role in ROLES:
        user = world.user(role, is_staff=True)
        user.user_permissions.add(may)
        client.force_login(user)
        seen[role] = change in get_html(client)
        if role == "adviser":
            square.advisers.add(user)
            seen["assigned"] = change in get_html(client)
            assert client.get(change).status_code == 200
    client.force_login(world.user("coordinator", name="zonder"))

    assert {who for who, there in seen.items() if there} == {"coordinator", "administrator", "assigned"}
    assert change not in get_html(client)
