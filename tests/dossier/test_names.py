"""A slug or number in a URL leads to its own page: reserved words are derived from the URL patterns."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from django.core.exceptions import ValidationError
from django.urls import URLResolver, get_resolver, resolve, reverse
from hypothesis import assume, given
from hypothesis import strategies as st

from participation.dossier.motion_number import normalize_number
from participation.dossier.names import ITEM_REFS, NUMBERS, TRAJECTORY_SLUGS, Names
from participation.dossier.validate import problems_in
from participation.models import Commitment, Motion, Neighbourhood, Organisation, Request, Step, Trajectory

PARAMETER = re.compile(r"<(\w+):(\w+)>")
#: Converters that match more than one segment of a path.
LONG = ("number", "name")
#: By the segments before it in a path: the kind of a name.
KINDS = {
    ("trajecten",): TRAJECTORY_SLUGS,
    ("trajectories",): TRAJECTORY_SLUGS,
    ("raad",): TRAJECTORY_SLUGS,
    **{("trajecten", "*", part): ITEM_REFS for part in ("stappen", "stukken", "inbreng", "scenarios", "verzoeken")},
    **{
        ("trajectories", "*", part): ITEM_REFS
        for part in ("steps", "documents", "contributions", "scenarios", "requests")
    },
    **{(part,): NUMBERS for part in ("moties", "toezeggingen", "initiatieven", "motions", "commitments", "requests")},
    **{(part,): Names() for part in ("wijken", "organisaties", "organisations", "neighbourhoods")},
}
#: Segments before values that people do not choose.
NOT_WRITTEN = {"regels", "rules", "volgen", "evaluatie", "open-data", "bestanden", "ongedaan", "partijen", "uitleg"}
NOT_WRITTEN |= {
    "raadsvergaderingen",
    "waivers",
    "obligations",
    "account",
    "dienst",
    "stoppen",
    "insturen",
    "jaarverslag",
}


def routes():
    """Yield the segments of every URL pattern of the pages and the API."""

    def within(resolver):
        for one in resolver.url_patterns:
            if isinstance(one, URLResolver):
                yield from within(one)
            else:
                yield str(one.pattern)

    for module in ("participation.web.urls", "participation.api.urls"):
        yield from (route.strip("/").split("/") for route in within(get_resolver(module)))


def found():
    """Return the literal segments, and what follows names that may contain slashes, both by what precedes them."""
    literals, endings = {}, {}
    for parts in routes():
        plain = ["*" if PARAMETER.fullmatch(part) else part for part in parts]
        for index, part in enumerate(parts):
            before = tuple(plain[:index])
            parameter = PARAMETER.fullmatch(part)
            if parameter is None:
                literals.setdefault(before, set()).add(part)
            elif parameter[1] in LONG and plain[index + 1 :]:
                endings.setdefault(before, set()).add("/" + "/".join(plain[index + 1 :]))
    return literals, endings


def test_reserved_names_match_the_url_patterns():
    literals, endings = found()
    for kind in (TRAJECTORY_SLUGS, ITEM_REFS, NUMBERS, Names()):
        places = [before for before, own in KINDS.items() if own == kind]
        assert set().union(*(literals.get(before, set()) for before in places)) == kind.reserved
        assert set().union(*(endings.get(before, set()) for before in places)) == set(kind.endings)


def test_every_name_in_a_url_pattern_is_validated():
    for parts in routes():
        plain = ["*" if PARAMETER.fullmatch(part) else part for part in parts]
        for index, part in enumerate(parts):
            if PARAMETER.fullmatch(part):
                assert tuple(plain[:index]) in KINDS or NOT_WRITTEN & set(plain[:index]), parts


# ---------- accepted names lead to their own page

SLUG = {"name": "plein"}
PAGES = [
    *((view, "name", Trajectory, "slug", {}) for view in ("trajectory", "trajectory_change", "planning", "waiver_add")),
    *(
        (view, "ref", Step, "ref", SLUG)
        for view in (
            *("step_change", "evaluation_links", "evaluation_sheet", "evaluation_results", "document_change"),
            *("document_share", "contribution_change", "scenario_change", "request_change"),
        )
    ),
    *((f"{of}{form}", "name", model, "number", {})
      for of, model in (("motion", Motion), ("commitment", Commitment)) for form in ("", "_change", "_report")),
    ("neighbourhood", "slug", Neighbourhood, "slug", {}),
    ("neighbourhood_load", "slug", Neighbourhood, "slug", {}),
    ("organisation_load", "slug", Organisation, "slug", {}),
    ("organisation_calendar", "name", Organisation, "slug", {}),
    ("api:trajectory", "slug", Trajectory, "slug", {}),
    *((f"api:{part}-one", "ref", Step, "ref", {"slug": "plein"}) for part in ("steps", "documents", "requests")),
    *((f"api:{of}{more}", "number", model, "number", {})
      for of, model in (("motion", Motion), ("commitment", Commitment)) for more in ("", "-reports")),
    ("commitment_fulfilment", "name", Commitment, "number", {}),
    ("api:commitment-fulfilments", "number", Commitment, "number", {}),
    ("api:register-request", "number", Request, "ref", {}),
    ("api:organisation", "slug", Organisation, "slug", {}),
    ("api:neighbourhood", "slug", Neighbourhood, "slug", {}),
]  # fmt: skip
WORDS = sorted({*ITEM_REFS.reserved, *NUMBERS.reserved, *"/".join([*ITEM_REFS.endings, *NUMBERS.endings]).split("/")})
ODD = [
    "",
    ".",
    "..",
    "...",
    "?",
    ";",
    "#",
    "%",
    "%2F",
    "%2e%2e",
    " ",
    "\\",
    ";",
    "&",
    "é",
    "21.0098",
    "a b",
    "a-1",
    *WORDS,
]
NAMES = st.one_of(
    st.lists(st.sampled_from(ODD), min_size=1, max_size=4).map("/".join),
    st.text(st.one_of(st.sampled_from("/.?#%\\: aA1-_"), st.characters(codec="utf-8")), min_size=1, max_size=20),
    st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True),
)


def sent(address):
    """Return the path as it arrives: browsers remove dot segments, and a proxy may merge slashes."""
    kept = []
    for part in address.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part not in ("", "."):
            kept.append(part)
    ending = "/" if address.endswith(("/", "/.", "/..")) else ""
    return unquote(f"/{'/'.join(kept)}{ending}")


@given(NAMES, st.sampled_from(PAGES))
def test_a_valid_name_resolves_to_its_own_page(name, page):
    view, argument, model, column, around = page
    try:
        kept = model._meta.get_field(column).clean(name, None)
    except ValidationError:
        assume(False)
    address = reverse(view, kwargs={**around, argument: kept})
    assert "?" not in address
    assert "#" not in address

    match = resolve(sent(address))

    assert match.view_name == view
    assert normalize_number(match.kwargs[argument]) == normalize_number(kept)


# ---------- refused with place and remedy


@pytest.mark.parametrize(
    ("document", "location"),
    [
        ({"dossier": 1, "trajectory": {"slug": "nieuw", "title": "Nieuw"}}, "/trajectory/slug"),
        *(
            ({"dossier": 1, "trajectory": {"slug": "x", "title": "X"}, section: [{"ref": ref}]}, f"/{section}/0/ref")
            for section, ref in (
                *(("scenarios", "nieuw"), ("documents", "a/delen"), ("contributions", "Beantwoorden")),
                *(("documents", "a//b"), ("requests", ".."), ("requests", "/a"), ("scenarios", "a/")),
            )
        ),
        (
            {"dossier": 1, "trajectory": {"slug": "x", "title": "X"}, "steps": [{"ref": "nieuw", "kind": "activity"}]},
            "/steps/0/ref",
        ),
        ({"dossier": 1, "trajectory": {"slug": "x", "title": "X"}, "motions": ["a", "nieuw"]}, "/motions/1"),
        ({"register": 1, "motions": [{"number": "21.0098/04/bericht"}]}, "/motions/0/number"),
        ({"register": 1, "commitments": [{"number": "importeren"}]}, "/commitments/0/number"),
    ],
)  # fmt: skip
def test_an_unusable_name_is_rejected_with_its_location_and_a_remedy(document, location):
    [problem] = problems_in(document)
    assert problem.location == location
    assert "address" in problem.reason
    assert problem.hint


def test_numbers_and_refs_may_contain_a_slash():
    names = ("21.0098/04", "avond 1/2", "T 1 (50%?) #é", "Z/21/3258970-1", "nieuw-2", "vel", "delen")
    assert [ITEM_REFS.problem(name) or NUMBERS.problem(name) for name in names] == [""] * len(names)
