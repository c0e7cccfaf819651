"""The search in trajectories, and what matched in those of one page."""

from __future__ import annotations

import pytest

from participation.models import Trajectory
from participation.models.searching import SearchTextField
from participation.selectors.searching import MAX_WORDS
from participation.selectors.trajectories.search import (
    MAX_MATCHES,
    TABLES,
    search_matches,
    trajectories_matching,
)
from tests import world

pytestmark = pytest.mark.django_db
NUMBERED = {"case_number": "Z/26/1234", "external": [{"system": "Raadsinformatie", "id": "42"}]}
ROLES = {"project_manager": "Projectleider"}


def matches(text, *of):
    """Return (kind, ref, excerpt with the words between brackets) of what matched in each of these trajectories."""
    found = search_matches([each.pk for each in of], text, ROLES)
    return [
        (match.kind, match.ref, "".join(f"[{part.text}]" if part.is_match else part.text for part in match.parts))
        for each in of
        for match in found[each.slug]
    ]


# ---------- which trajectories


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Z/26/1234 raadsinformatie", ["plein"]),
        ("D/26/0042", ["plein"]),
        ("RV 26.0012", ["plein"]),
        ("buurthuis stoelen", ["park"]),
        ("banken jaar", ["park"]),
        ("fontein", ["park"]),
        ("bladblazer", ["park"]),
        ("park", ["park"]),
        ("PARK bomen", ["park"]),
        ("park geld", []),
        ("EENDENKADE", ["park"]),
        ("cafés", []),
        ("café", ["park"]),
        ("rol\u00adstoel DREMPEL", ["park"]),
        ("foto’s", ["plein"]),
        ("schetsontwerp", ["plein"]),
        ("zebrapad", ["plein"]),
        ("wijk-a", ["plein"]),
        ("wéthoudster", []),
        ("jansen", []),
        ("\u0301", ["park", "plein"]),
        ("merenwijk", ["park"]),
        ("noord", ["plein"]),
        ("projectleider", ["plein"]),
        ("100%", []),
        ("  ", ["park", "plein"]),
    ],
)
def test_all_search_words_must_occur(text, found):
    park = world.trajectory("park", world.LAKES, title="Het park bij de Ééndenkade en Café", summary="Meer bomen")
    plein = world.trajectory(
        "plein", title="Het plein", contact_role="project_manager", contact_name="Jansen", **NUMBERED
    )
    world.contribution(park, summary="Geen drempels", response="Goed voor wie in een rolstoel zit")
    world.document(plein, title="Schetsontwerp met foto's")
    world.document(plein, "d2", title="", case_number="D/26/0042", external=[{"system": "Zaaksysteem"}])
    world.step(plein, kind="decision", case_number="RV 26.0012")
    world.step(park, title="Avond in het Buurthuis", description="Er zijn stoelen")
    world.plan(park, room="Welke banken", resources={"lead_time": "een jaar", "budget": None})
    world.scenario(park, description="Met een fontein")
    world.request(park, summary="Wie heeft de bladblazer?")
    plein.motions.add(world.motion("22.0001", title="Een zebrapad"))
    world.plan(plein, world.RESIDENTS)
    # Hidden rows are not found, and do not cause other rows to be found.
    secret = world.trajectory("geheim", title="Het park", summary=text, public=False)
    world.contribution(secret, summary=text)
    world.plan(secret, world.OUTSIDER)

    shown = Trajectory.objects.visible_to(None).order_by("slug")

    assert [each.slug for each in trajectories_matching(shown, text, {"project_manager": "Projectleider"})] == found


@pytest.mark.parametrize("text", ["plein " * 600, " ".join(f"woord{n}" for n in range(600)), "a" * 100_000])
def test_a_long_search_takes_no_more_queries(text, django_assert_num_queries):
    world.trajectory("plein")

    with django_assert_num_queries(1) as queries:
        list(trajectories_matching(Trajectory.objects.all(), text, {}))

    assert queries[0]["sql"].count("UNION") <= MAX_WORDS * len(TABLES)
    assert len(queries[0]["sql"]) < 40_000


# ---------- what matched


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linde", ("contribution", "c1", "Liever een [linde]")),
        ("eik", ("answer", "c1", "Een [eik] past beter")),
        ("verkeer", ("contribution", "c1", "[Verkeer]")),
        ("schets", ("document", "d1", "[Schets]ontwerp")),
        ("0.3", ("document", "d1", "[0.3]")),
        ("0042", ("document_number", "d1", "D/26/[0042]")),
        ("buurthuis", ("step", "s1", "[Buurthuis] De Ééndenkade")),
        ("eendenkade", ("step", "s1", "Buurthuis De [Ééndenkade]")),
        ("Z-77", ("step_number", "s1", "[Z-77]")),
        ("speelplek", ("decision", "s2", "De [speelplek] bleef")),
        ("riool", ("influence", "", "Het [riool] – Dat ligt er net")),
        ("tolk", ("plan", "", "Een [tolk] erbij")),
        ("fontein", ("scenario", "sc1", "Met een [fontein]")),
        ("bladblazer", ("request", "r1", "Wie heeft de [bladblazer]?")),
        ("buurman", ("request_answer", "r1", "De [buurman]")),
        ("zebra", ("motion", "22.0001", "Een [zebra]pad")),
        ("winkel", ("organisation", "", "[Winkel]iers")),
        ("binnenstad", ("neighbourhood", "", "[Binnenstad]-Noord")),
        ("projectl", ("contact", "", "[Projectl]eider")),
        ("groener", ("summary", "", "Het wordt [groener]")),
        ("1234", ("case_number", "", "Z/26/[1234]")),
        ("raadsinfo", ("external", "", "42 – [Raadsinfo]rmatie")),
    ],
)
def test_each_kind_of_text_is_shown_with_its_place(text, expected):
    square = world.trajectory(summary="Het wordt groener", contact_role="project_manager", **NUMBERED)
    world.contribution(square, theme="Verkeer", summary="Liever een linde", response="Een eik past beter")
    world.document(square, case_number="D/26/0042", version="0.3")
    world.step(square, place_name="Buurthuis De Ééndenkade", case_number="Z-77")
    world.step(square, "s2", kind="decision", room_reason="De speelplek bleef")
    frameworks = [{"what": "Het riool", "why": "Dat ligt er net"}]
    world.plan(square, world.SHOPS, frameworks=frameworks, support="Een tolk erbij")
    world.scenario(square, description="Met een fontein")
    world.request(square, summary="Wie heeft de bladblazer?", answer="De buurman")
    square.motions.add(world.motion("22.0001", title="Een zebrapad"))

    assert matches(text, square) == [expected]
    assert [each.slug for each in trajectories_matching(Trajectory.objects.all(), text, ROLES)] == ["voorbeeldplein"]


def test_nothing_is_shown_for_what_the_title_has():
    square = world.trajectory(title="Het plein")
    world.contribution(square, summary="Het plein is te warm")

    assert matches("plein", square) == []
    assert matches("plein warm", square) == [("contribution", "c1", "Het [plein] is te [warm]")]


def test_the_row_with_most_of_the_words_is_shown_and_two_at_most():
    square = world.trajectory()
    world.contribution(square, "c1", summary="Bomen")
    world.contribution(square, "c2", summary="Banken")
    world.contribution(square, "c3", summary="Banken onder de bomen")
    world.contribution(square, "c4", summary="Bloemen")
    world.document(square, title="Water")

    assert matches("bomen banken", square) == [("contribution", "c3", "[Banken] onder de [bomen]")]
    assert matches("water bomen banken bloemen", square) == [
        ("contribution", "c3", "[Banken] onder de [bomen]"),
        ("document", "d1", "[Water]"),
    ]
    assert MAX_MATCHES == 2


def test_nothing_is_shown_without_words():
    square = world.trajectory()

    assert search_matches([square.pk], " \u0301 ", ROLES) == {}


def test_every_column_that_is_searched_can_be_shown():
    for table in TABLES:
        model = table.rows.model
        for part in filter(None, table.path.split("__")):
            model = model._meta.get_field(part).related_model
        [field] = [field for field in model._meta.fields if isinstance(field, SearchTextField)]
        assert {column.removeprefix(table.path) for column in table.texts} == set(field.columns), model


def test_more_rows_and_more_words_take_no_more_queries(django_assert_num_queries):
    def grow(numbers):
        for number in numbers:
            made = world.trajectory(f"plein-{number}")
            for own in range(3):
                world.contribution(made, f"c{own}", summary="Meer bomen en banken")
            world.step(made, title="Bomen")

    for text, numbers in (("bomen", range(1)), (" ".join(["bomen", *(f"woord{n}" for n in range(50))]), range(1, 50))):
        grow(numbers)
        page = list(Trajectory.objects.values_list("pk", flat=True))
        with django_assert_num_queries(1 + len(TABLES)):
            found = search_matches(page, text, ROLES)
        assert len(found) == len(page)
        assert all(1 <= len(each) <= MAX_MATCHES for each in found.values())
