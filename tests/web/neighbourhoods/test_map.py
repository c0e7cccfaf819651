"""The map of neighbourhoods: its size and queries, its links and words, and choosing a neighbourhood on it."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from participation.models import Neighbourhood, NeighbourhoodShape, Trajectory
from participation.presentation.neighbourhood_map import HIDDEN, UNKNOWN, MapValue, neighbourhood_map
from participation.selectors.neighbourhood_shapes import shaped_neighbourhoods
from participation.selectors.trajectories.neighbourhoods import neighbourhood_counts
from participation.web.shared.neighbourhood_maps import maps_by_municipality
from tests import world
from tests.shapes import drawn, feature, feature_collection, grid_of_features, square
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
#: The maximum size of the map of a city with a hundred neighbourhoods.
MAX_BYTES = 60_000


def import_shapes(tmp_path, document, *options):
    """Import this GeoJSON with the command, and return its output."""
    path, out = tmp_path / "buurten.geojson", StringIO()
    path.write_text(json.dumps(document))
    options = ("--municipality=GM0546", "--level=buurten", *options)
    call_command("import_neighbourhoods", str(path), *options, stdout=out)
    return out.getvalue()


def titles(html):
    """Return the titles of the areas, and the address of each, "" where it is no link."""
    found = re.findall(r'<(?:a href="([^"]*)"[^>]*|g)><title>([^<]*)</title>', html)
    return {title: address for address, title in found}


def test_the_map_of_a_hundred_neighbourhoods_is_small_and_takes_three_queries(tmp_path):
    pytest.importorskip("shapely")
    assert "100 drawn on the map" in import_shapes(tmp_path, grid_of_features(10, 10))
    for number, place in enumerate(Neighbourhood.objects.order_by("slug")[:60]):
        world.trajectory(f"plein-{number}", place.slug)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        places = neighbourhood_counts(Neighbourhood.objects.all(), Trajectory.objects.all())
        (found,) = maps_by_municipality(shaped_neighbourhoods(), places)
        html = render_to_string("components/neighbourhood_map.html", {"map": found})
    assert len(queries) == 3
    assert html.count("<title>") == 100
    assert len(html.encode()) < MAX_BYTES


def test_the_page_with_a_map_takes_no_more_queries_for_more_shapes(client, django_assert_max_num_queries):
    drawn("een")
    with django_assert_max_num_queries(17) as few:
        get_html(client, "/wijken/")
    for number in range(50):
        drawn(f"wijk-{number}", 94_000 + 500 * number)
    with django_assert_max_num_queries(len(few)):
        get_html(client, "/wijken/")


def test_each_area_is_a_link_with_its_name_and_number(client):
    drawn("noord", name="Noord <b>")
    drawn("zuid", 93_500, name="Zuid")
    for number in range(3):
        world.trajectory(f"plein-{number}", "noord")
    html = get_html(client, "/wijken/")
    assert titles(html) == {
        "Noord &lt;b&gt;: 3 trajecten": "/wijken/noord/",
        "Zuid: niets gaande": "/wijken/zuid/",
    }
    assert re.findall(r'<text class="ld-map__number"[^>]*>(\d+)<', html) == ["3"]
    read = ParsedPage(html)
    assert len(read.ids) == len(set(read.ids))
    assert "#map-1-end" in read.links


def test_visitors_see_no_numbers_of_trajectories_that_are_not_public(client):
    drawn("noord", name="Noord")
    world.trajectory("geheim", "noord", public=False)
    assert "Noord: niets gaande" in titles(get_html(client, "/wijken/"))
    client.force_login(world.user("auditor"))
    assert "Noord: 1 traject" in titles(get_html(client, "/wijken/"))


def test_without_shapes_there_is_no_map(client):
    world.neighbourhood("noord")
    world.trajectory("plein", "noord")
    assert "ld-map" not in get_html(client, "/wijken/")
    assert "ld-map" not in get_html(client, "/wijken/noord/")
    assert "/kaart/" not in get_html(client, "/trajecten/")


def test_a_neighbourhood_is_drawn_with_those_next_to_it(client):
    drawn("noord", name="Noord")
    drawn("naast", 93_500, name="Naast")
    drawn("ver", 99_000, name="Ver")
    drawn("elders", 93_000, 463_500, name="Elders", municipality="oegstgeest")
    html = get_html(client, "/wijken/noord/")
    assert list(titles(html)) == ["Naast: niets gaande", "Noord: niets gaande"]
    assert re.findall(r'href="([^"]*)" aria-current="page"><title>', html) == ["/wijken/noord/"]


def test_a_district_is_not_drawn_over_its_own_neighbourhoods(client):
    drawn("wijk", size=1000, name="Wijk", cbs_code="WK054600")
    drawn("buurt", name="Buurt", cbs_code="BU05460001")
    drawn("andere", 95_000, name="Andere", cbs_code="WK054601")
    assert list(titles(get_html(client, "/wijken/"))) == ["Andere: niets gaande", "Buurt: niets gaande"]


def test_each_municipality_has_a_map_with_its_name(client):
    drawn("noord")
    drawn("ver", 140_000, municipality="amersfoort")
    html = get_html(client, "/wijken/")
    assert len(re.findall('class="ld-map__drawing"', html)) == 2
    assert "amersfoort: " in html


def test_a_neighbourhood_is_chosen_on_the_map_and_other_choices_stay(client):
    drawn("noord", name="Noord")
    drawn("zuid", 93_500, name="Zuid")
    world.trajectory("plein", "noord", title="Plein", kind="public_space")
    world.trajectory("visie", "zuid", title="Visie", kind="policy")
    link = "/kaart/?soort=public_space&amp;wijk=zuid"
    assert link in get_html(client, "/trajecten/?soort=public_space&wijk=zuid&pagina=1")

    html = get_html(client, link.replace("&amp;", "&"))
    chosen = "/trajecten/?soort=public_space&amp;wijk=noord"
    assert titles(html) == {"Noord: 1 traject": chosen, "Zuid": ""}
    assert html.count(f'href="{chosen}"') == 2
    assert "Plein" in get_html(client, chosen.replace("&amp;", "&"))


def test_the_shades_divide_the_numbers_and_nothing_is_white():
    drawn("noord")
    shapes = shaped_neighbourhoods()
    for highest, parts in (
        (0, []),
        (1, [(1, 1)]),
        (3, [(1, 1), (2, 2), (3, 3)]),
        (9, [(1, 2), (3, 4), (5, 6), (7, 9)]),
    ):
        found = neighbourhood_map("m", "x", shapes, {"noord": MapValue(highest, "", "")})
        assert [(one.first, one.last) for one in found.legend] == (parts or [(0, 0)])
        assert found.areas[0].shade == (found.legend[-1].shade if parts else 0)


def test_what_is_hidden_and_what_is_unknown_are_no_nought_and_have_patterns_of_their_own():
    for west, slug in enumerate(("veel", "niets", "weinig", "leeg")):
        drawn(slug, 93_000 + 500 * west)
    values = {
        "veel": MapValue(17, "17 mensen of meer", "", is_least=True),
        "niets": MapValue(0, "0 mensen", ""),
        "weinig": MapValue(0, "niet openbaar", "", missing=HIDDEN),
        "leeg": MapValue(0, "niets vastgelegd", "", missing=UNKNOWN),
    }
    shapes = shaped_neighbourhoods()

    found = neighbourhood_map("m", "x", shapes, values)

    shades = {area.name.lower(): area.shade for area in found.areas}
    assert len(set(shades.values())) == 4
    assert shades["niets"] == 0
    html = render_to_string("components/neighbourhood_map.html", {"map": found})
    for slug in ("weinig", "leeg"):
        assert f'fill="url(#m-{shades[slug]})"' in html
        assert html.count(f'<pattern id="m-{shades[slug]}"') == 1
    assert [one.words for one in found.legend if one.words] == ["niet openbaar", "niets vastgelegd"]
    assert "</svg> niet openbaar</li>" in html
    assert re.findall(r'<text class="ld-map__number"[^>]*>([^<]+)<', html) == ["17+"]
    # Without a known nought the legend has none.
    del values["niets"]
    found = neighbourhood_map("m", "x", [shape for shape in shapes if shape.slug != "niets"], values)
    assert 0 not in {one.shade for one in found.legend}


def test_the_base_map_is_an_image_of_the_same_part_of_the_town_and_off_by_default(client, settings):
    drawn("noord", size=1000)
    off = get_html(client, "/wijken/") + get_html(client, "/privacy/")
    assert "<image" not in off
    assert "kaart.example.org" not in off

    settings.BASE_MAP_URL = "https://kaart.example.org/wms?crs=EPSG:28992&bbox={bbox}&width={width}&height={height}"
    html = get_html(client, "/wijken/")
    # A metre is a unit of the drawing here, with an edge of eight around it.
    asked = "crs=EPSG:28992&amp;bbox=92992,462992,94008,464008&amp;width=1016&amp;height=1016"
    image = f'<image href="https://kaart.example.org/wms?{asked}" width="1016" height="1016"'
    assert f'{image} preserveAspectRatio="none" aria-hidden="true"/>' in html
    assert "Achtergrond: een kaart van kaart.example.org." in html
    assert "vraagt uw browser de achtergrond van de kaart aan kaart.example.org" in get_html(client, "/privacy/")


def test_a_second_import_replaces_shapes_and_a_bad_one_changes_nothing(tmp_path):
    pytest.importorskip("shapely")
    assert "1 would be drawn" in import_shapes(
        tmp_path, feature_collection(feature("BU05460001", square())), "--dry-run"
    )
    assert not NeighbourhoodShape.objects.exists()
    import_shapes(tmp_path, feature_collection(feature("BU05460001", square())))
    import_shapes(tmp_path, feature_collection(feature("BU05460001", square(95_000))))
    assert NeighbourhoodShape.objects.get().label_x == 95_250
    bad = feature_collection(feature("BU05460001", square()), feature("BU05460002", [[1, 2]]))
    with pytest.raises(CommandError, match="/features/1/geometry: BU05460002"):
        import_shapes(tmp_path, bad)
    assert NeighbourhoodShape.objects.get().label_x == 95_250
    assert Neighbourhood.objects.count() == 1


def test_shapes_with_codes_of_another_year_are_matched_by_name_and_the_rest_is_named(tmp_path):
    pytest.importorskip("shapely")
    world.neighbourhood("pieterswijk", name="Pieterswijk", municipality="leiden", cbs_code="BU05460001")
    world.neighbourhood("stevenshof", name="Stevenshof", municipality="leiden", cbs_code="BU05460002")
    drawn_again = feature("BU05460103", square())
    drawn_again["properties"] |= {"buurtnaam": "Pieterswijk", "gemeentenaam": "Leiden"}
    text = import_shapes(tmp_path, feature_collection(drawn_again, feature("BU05460104", square(93_500))))
    assert "changed: pieterswijk: " in text
    assert "cbs_code from “BU05460001” to “BU05460103”" in text
    assert "new: BU05460104" in text
    assert "not in the file, unchanged: stevenshof BU05460002" in text
    assert NeighbourhoodShape.objects.filter(neighbourhood__slug__in=["pieterswijk", "stevenshof"]).count() == 1


def test_an_empty_page_says_that_nothing_has_a_neighbourhood(client):
    html = get_html(client, "/kaart/")
    assert "Er is nog geen traject met een buurt." in html
    assert "Haal een keuze weg" not in html
    assert "Kies een buurt op de kaart" not in html


def test_a_choice_without_a_neighbourhood_can_be_removed(client):
    world.trajectory("plein", "noord")
    html = get_html(client, "/kaart/?zoek=zwembad")
    assert "Haal een keuze weg" in html
    assert "Er is nog geen traject met een buurt." not in html
