"""The point or area of a trajectory: recorded in the form, and shown on a map and in words."""

from __future__ import annotations

import json
import re

import pytest

from participation.dossier.national_grid import to_degrees
from participation.models import Changeset, Trajectory
from participation.selectors.neighbourhood_shapes import neighbourhoods_at, placed, shaped_neighbourhoods
from tests import world
from tests.shapes import drawn
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

FORM, PAGE = "/trajecten/voorbeeldplein/wijzigen/", "/trajecten/voorbeeldplein/"


def point(x, y):
    """Return a point, given in metres of the national grid."""
    return {"type": "Point", "coordinates": [round(number, 6) for number in to_degrees(x, y)]}


def area(x, y, size):
    """Return a square, given in metres of the national grid."""
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]
    return {"type": "Polygon", "coordinates": [[list(to_degrees(*corner)) for corner in corners]]}


@pytest.fixture
def three_drawn():
    """Three squares in a row, from west to east, and one far away."""
    drawn("west", name="West")
    drawn("midden", 93_500, name="Midden")
    drawn("oost", 94_000, name="Oost")
    drawn("ver", 99_000, name="Ver")


# ---------- on the page


def test_without_a_place_the_page_has_no_map(client, three_drawn):
    world.trajectory()
    assert "Waar het is" not in get_html(client, PAGE)


def test_a_point_is_drawn_in_its_neighbourhood_and_named_in_words(client, three_drawn):
    world.trajectory("voorbeeldplein", "west", geometry=point(93_250, 463_250))
    html = get_html(client, PAGE)
    assert "Punt 52.15" in html
    assert ", in: West</p>" in html
    assert html.count('class="ld-map__mark"') == 1
    assert "ld-map__place" not in html
    titles = re.findall(r'<a href="([^"]*)"><title>([^<]*)</title>', html)
    assert titles == [("/wijken/midden/", "Midden"), ("/wijken/west/", "West")]
    assert "ld-legend" not in html


def test_an_area_is_drawn_with_every_neighbourhood_it_lies_in(client, three_drawn):
    world.trajectory("voorbeeldplein", "west", geometry=area(93_300, 463_100, 300))
    html = get_html(client, PAGE)
    assert "in: Midden en West</p>" in html
    assert 'class="ld-map__place"' in html
    assert [name for name in ("Oost", "Ver") if f"<title>{name}</title>" in html] == ["Oost"]


def test_a_place_outside_every_neighbourhood_is_drawn_on_the_whole_town(client, three_drawn):
    world.trajectory("voorbeeldplein", "west", geometry=point(96_500, 465_000))
    html = get_html(client, PAGE)
    assert "in: " not in re.search(r'id="plek".*?</section>', html, re.DOTALL).group()
    assert len(re.findall(r"<a [^>]*><title>", html)) == 4
    assert len(re.findall("<title>Punt|<title>punt", html)) == 1


def test_without_shapes_the_place_is_described_in_words_only(client):
    world.trajectory(geometry=point(93_250, 463_250))
    html = get_html(client, PAGE)
    assert "Punt 52.15" in html
    assert "ld-map" not in html


def test_the_map_takes_one_query_however_many_shapes(client, three_drawn, django_assert_max_num_queries):
    square = world.trajectory()
    with django_assert_max_num_queries(40) as without:
        get_html(client, PAGE)
    Trajectory.objects.filter(pk=square.pk).update(geometry=area(93_300, 463_100, 300))
    with django_assert_max_num_queries(len(without) + 1):
        get_html(client, PAGE)


@pytest.mark.parametrize(
    ("geometry", "names"),
    [
        (point(93_250, 463_250), ["West"]),
        (point(90_000, 463_250), []),
        (area(93_400, 463_100, 300), ["Midden", "West"]),
        # Less than a tenth lies in the west.
        (area(93_490, 463_100, 300), ["Midden"]),
        # So narrow that no point of the lattice lies in it: its middle counts.
        (
            {
                "type": "Polygon",
                "coordinates": [[[4.4850, 52.1520], [4.4851, 52.1550], [4.48501, 52.1520], [4.4850, 52.1520]]],
            },
            ["West"],
        ),
    ],
)
def test_the_neighbourhoods_of_a_place_are_those_with_a_tenth_of_it(three_drawn, geometry, names):
    assert [shape.name for shape in neighbourhoods_at(placed(geometry), shaped_neighbourhoods())] == names


def test_a_hole_in_a_neighbourhood_is_not_part_of_it():
    place = drawn("ring", name="Ring", size=1_000)
    hole = [93_400, 463_400, 93_600, 463_400, 93_600, 463_600, 93_400, 463_600, 93_400, 463_400]
    place.shape.polygons = [[*place.shape.polygons[0], hole]]
    place.shape.save()
    shapes = shaped_neighbourhoods()
    assert neighbourhoods_at(placed(point(93_500, 463_500)), shapes) == []
    assert len(neighbourhoods_at(placed(point(93_300, 463_500)), shapes)) == 1


# ---------- in the form


def test_a_point_is_recorded_changed_and_removed(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    assert get_form(client, FORM)["geometry"] == ""
    get_form(client, FORM).send(client, geometry="52,1583 4,4925")
    square.refresh_from_db()
    assert square.geometry == {"type": "Point", "coordinates": [4.4925, 52.1583]}
    assert get_form(client, FORM)["geometry"] == "52.1583, 4.4925"
    get_form(client, FORM).send(client)
    assert Changeset.objects.count() == 1
    get_form(client, FORM).send(client, geometry="")
    square.refresh_from_db()
    assert square.geometry is None
    assert not Trajectory.objects.filter(geometry__isnull=False).exists()
    client.post(f"/ongedaan/{Changeset.objects.latest('pk').pk}/")
    square.refresh_from_db()
    assert square.geometry == {"type": "Point", "coordinates": [4.4925, 52.1583]}


def test_a_wrong_place_is_an_error_at_its_field_and_stays_typed(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, FORM).send(client, geometry="op de markt"))
    assert list(shown.wrong) == ["geometry"]
    assert shown["geometry"] == "op de markt"
    assert not Changeset.objects.exists()


def test_the_neighbourhood_of_a_place_is_proposed_and_not_chosen(client, three_drawn):
    square = world.trajectory("voorbeeldplein", "oost")
    log_in_as_adviser_of(client, square)
    answer = get_form(client, FORM).send(client, geometry="93250 463250")
    html = client.get(answer.url).content.decode()
    assert "De plek op de kaart ligt in West." in html
    assert "/trajecten/voorbeeldplein/wijzigen/?" in html
    assert [place.slug for place in square.neighbourhoods.all()] == ["oost"]
    html = get_html(client, FORM)
    assert html.index("Hier ligt de plek op de kaart") < html.index("West") < html.index("Oost")
    get_form(client, FORM).send(
        client, neighbourhoods=[place.pk for place in map(world.neighbourhood, ("oost", "west"))]
    )
    assert "Hier ligt de plek op de kaart" not in get_html(client, FORM)


def test_a_place_is_asked_in_the_first_step_of_a_new_trajectory(client):
    client.force_login(world.user("adviser"))
    get_form(client, "/trajecten/nieuw/").send(client, title="Plein", geometry="52.1583, 4.4925")
    assert Trajectory.objects.get().geometry["type"] == "Point"


def test_the_history_names_a_place_in_words(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    get_form(client, FORM).send(client, geometry="52.1583, 4.4925")
    html = get_html(client, f"{PAGE}geschiedenis/")
    assert "punt 52.15830, 4.49250" in html


# ---------- in the API and the dossier


def test_the_place_is_in_the_api_and_the_dossier(client):
    geometry = {"type": "Point", "coordinates": [4.4925, 52.1583]}
    world.trajectory(geometry=geometry)
    world.trajectory("plein")
    assert client.get("/api/v1/trajectories/voorbeeldplein").json()["geometry"] == geometry
    assert client.get("/api/v1/trajectories/plein").json()["geometry"] is None
    assert json.loads(client.get(f"{PAGE}traject.json").content)["trajectory"]["geometry"] == geometry
