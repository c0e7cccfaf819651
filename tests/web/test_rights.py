"""Every URL with every method, as every role of the published table in docs/rights.md."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.cache import caches
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.test import Client
from django.test.utils import override_settings
from django.urls import get_resolver, reverse, reverse_lazy

from participation.compliance.rulebooks import load_rulebooks
from participation.services.exports import open_data
from participation.web.shared.cookies import allowed_cookies
from tests.comparisons import store_comparisons
from tests.web.permission_fixtures import BODIES, QUERIES, permission_data, url_argument
from tests.web.permission_matrix import (
    ANY,
    HIDDEN,
    LOG_IN,
    METHODS,
    NO,
    ROLES,
    YES,
    UrlPattern,
    matrix_problems,
    parse_rows,
    published_rows,
    rows_for,
    url_patterns,
)

pytestmark = pytest.mark.django_db
FOUND = sorted(set(url_patterns(get_resolver())))
TABLE = published_rows()
#: Their query names a rule; which motion, commitment or request is in the path.
OF_REGISTER = ("api:motion", "api:commitment", "api:register-request")
OF_TRAJECTORY = {
    address.name
    for address in FOUND
    if (address.name in QUERIES and not address.name.startswith(OF_REGISTER))
    or any(url_argument(address.name, wanted).of_trajectory for wanted in address.arguments)
}
TRIED = [
    pytest.param(address, hidden, id=f"{address.name}{' (not public)' if hidden else ''}")
    for address in FOUND
    for hidden in ((False, True) if address.name in OF_TRAJECTORY else (False,))
    if (found := rows_for(address.name, hidden, TABLE)) and found[0].methods != METHODS
]


@pytest.fixture(scope="module")
def here(django_db_setup, django_db_blocker, tmp_path_factory):
    """The data of all these tests, with production settings; each test is rolled back."""
    as_in_use = override_settings(
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        DEBUG=False,
        RULEBOOK="leiden",
        # That it is set switches publishing on; what is published was signed before.
        COMPARISON_KEY="key.json",
        # These tests are about permissions, not about rate limits.
        RATE_LIMITS={},
    )
    with as_in_use, django_db_blocker.unblock(), transaction.atomic():
        built = permission_data()
        # As the nightly job makes it: without it there is nothing to download.
        open_data.make_dump(date(2026, 4, 20), load_rulebooks("leiden"))
        store_comparisons()
        # Once for all tests, not for every address.
        yield built._replace(cookies={role: _logged_in(user) for role, user in built.people.items()})
        transaction.set_rollback(True)


def _logged_in(user):
    """Return the cookies of this user after logging in; none for None."""
    client = Client()
    if user:
        client.force_login(user)
    return client.cookies.output(header="")


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch):
    for cache in caches.all():
        cache.clear()
    # The permission for an archive, a report or a pack does not depend on its PDF, which takes a second.
    for module in ("archive.writer", "yearly_report.writer", "council_pack"):
        monkeypatch.setattr(f"participation.interchange.{module}.pdf_of", lambda _html: b"%PDF-")


# ---------- responses as cells


def outcome_of(client, response):
    """Return the cell that a response stands for; the administration redirects refused users to its own log-in."""
    if response.status_code in (301, 302, 303):
        to, here = urlsplit(response.headers["Location"]), response.request["PATH_INFO"]
        # With the return URL: logging out leads to that page too.
        if to.path == reverse("login") and "next=" in to.query:
            return LOG_IN
        sent_to_log_in = here.startswith("/admin/") and to.path in (reverse("admin:login"), reverse("admin:index"))
        if sent_to_log_in and to.path != here:
            return outcome_of(client, client.get(response.headers["Location"]))
    codes = {401: LOG_IN, 403: NO, 404: HIDDEN, 405: "refused (405)"}
    return codes.get(response.status_code, YES if response.status_code < 500 else f"broken ({response.status_code})")


class AccessAttempt(NamedTuple):
    """A request: the role, the method, the URL, the cell of the response, and the response."""

    role: str
    method: str
    path: str
    got: str
    response: Any


def attempts(address, hidden, here, roles=ROLES, methods=METHODS):
    """Request the URL as each of these roles with each of these methods; changes are rolled back at once."""
    client, of_api = Client(), address.name.startswith("api:")
    for role in roles:
        headers = _as_program(address, here, role, hidden) if of_api else {}
        visit = "" if of_api else here.cookies[role]
        values = {
            wanted: url_argument(address.name, wanted).value(here.rows(hidden), role) for wanted in address.arguments
        }
        unnamed = [value for wanted, value in values.items() if wanted.isdigit()]
        path = reverse(address.name, args=unnamed) if unnamed else reverse(address.name, kwargs=values)
        if address.name in QUERIES:
            path += f"?{urlencode(QUERIES[address.name](here.rows(hidden)))}"
        for method in methods:
            with transaction.atomic():
                client.cookies = type(client.cookies)(visit)
                response = client.generic(method, path, **headers)
                yield AccessAttempt(role, method, path, outcome_of(client, response), response)
                # As the test client does: otherwise the end of a request closes the connection of the transaction.
                request_finished.disconnect(close_old_connections)
                response.close()
                request_finished.connect(close_old_connections)
                transaction.set_rollback(True)


def _as_program(address, here, role, hidden):
    """Return the headers and body of this user's API request: their key, and an object."""
    body = BODIES[address.name](here.rows(hidden)) if address.name in BODIES else {}
    headers = {"Authorization": f"Bearer {here.keys[role]}"} if role in here.keys else {}
    return {"data": json.dumps(body), "content_type": "application/json", "headers": headers}


def mismatches(lines, tried):
    """Return a sentence for each response that differs from these rows of the table."""
    problems = []
    for attempt in tried:
        line = next((line for line in lines if attempt.method in line.methods), None)
        cell = (line or lines[0]).cells[attempt.role]
        if not (_fits if line else _refused)(attempt, cell):
            problems.append(f"{attempt.role}, {attempt.method} {attempt.path}: {attempt.got}, published: {cell}")
    return problems


def _fits(attempt, cell):
    return not attempt.got.startswith("broken") if cell == ANY else attempt.got == cell


def _refused(attempt, cell):
    """Return whether an unpublished method was refused, by itself or as everything else there."""
    if attempt.method == "OPTIONS" and attempt.response.status_code == 200:
        return not attempt.response.content and "Allow" in attempt.response.headers
    return attempt.got == "refused (405)" or (cell != YES and attempt.got == cell)


# ---------- what the law asks of each page

STATEMENT_LINKS = (b'href="/toegankelijkheid/"', b'href="/privacy/"')
RULEBOOK = reverse_lazy("rulebook_html")
COOKIES = {cookie.name for cookie in allowed_cookies()}


def shortcomings(tried):
    """Return a sentence for each page without links to both statements, or with a cookie that it does not need."""
    problems = []
    for attempt in tried:
        if attempt.method == "GET":
            cookies = set(attempt.response.cookies)
            if not cookies <= _needed_cookies(attempt):
                problems.append(f"{attempt.role}, {attempt.path}: sets {', '.join(sorted(cookies))}")
            if not _links_to_both_statements(attempt.response):
                problems.append(f"{attempt.role}, {attempt.path}: no link to a statement")
    return problems


def _needed_cookies(attempt):
    """Return the cookie that a form of the page needs. A visitor's menu has no such form: everyone would get it."""
    if attempt.path.startswith("/admin/"):
        return COOKIES
    html = getattr(attempt.response, "content", b"")
    own_part = html.partition(b"<main")[2] if attempt.role in ("visitor", "follower") else html
    return {"csrftoken"} if b'name="csrfmiddlewaretoken"' in own_part else set()


def _links_to_both_statements(response):
    """Return whether it is no page, or a page with both links. The rulebook is a document to download."""
    is_page = response.headers.get("Content-Type", "").startswith("text/html") and response.status_code == 200
    if not is_page or response.request["PATH_INFO"] == RULEBOOK:
        return True
    return all(link in response.content for link in STATEMENT_LINKS)


# ---------- the tests


def test_the_published_table_lists_exactly_the_existing_urls():
    assert matrix_problems(FOUND, OF_TRAJECTORY, TABLE) == []


#: Pages that share their code with the pages for steps: only roles with different responses are tried.
AS_STEPS = tuple(f"api:{section}" for section in ("documents", "contributions", "requests", "scenarios", "waivers"))
SOME = ("visitor", "member (outsider)", "adviser (own)", "adviser (other's)", "auditor")


def roles_on(database, roles):
    """Return the roles that try each URL. Permissions are the same on a second database: there it is about its SQL."""
    return roles if database.vendor == "sqlite" else (roles[0], roles[-1])


@pytest.mark.parametrize(("address", "hidden"), TRIED)
def test_everyone_gets_the_access_in_the_published_table(address, hidden, here):
    roles = roles_on(connection, SOME if address.name.startswith(AS_STEPS) else ROLES)
    lines = rows_for(address.name, hidden, TABLE)
    # Unpublished methods are refused before authentication: the least and the most powerful role try them.
    listed_methods = {"GET", "POST", *(method for line in lines for method in line.methods)}
    others = [method for method in METHODS if method not in listed_methods]

    tried = list(attempts(address, hidden, here, roles, [m for m in METHODS if m in listed_methods]))
    assert mismatches(lines, tried) == []
    assert shortcomings(tried) == []
    assert mismatches(lines, attempts(address, hidden, here, roles=(ROLES[0], ROLES[-1]), methods=others)) == []


def test_no_admin_page_opens_without_admin_access(here):
    """One test for all pages of the administration; tests/admin tests each after log-in.

    They share one log-in: every role tries it at the index page, and three roles try every other URL.
    """
    problems = []
    some = roles_on(connection, (*SOME[:2], "administrator"))
    for address in FOUND:
        lines = rows_for(address.name, False, TABLE)
        if lines and lines[0].methods == METHODS:
            tried = list(attempts(address, False, here, roles=some, methods=("GET",)))
            problems += [*mismatches(lines, tried), *shortcomings(tried)]

    assert problems == []


# ---------- these tests can fail


def test_a_url_without_a_table_row_is_reported():
    known = matrix_problems(FOUND, OF_TRAJECTORY, TABLE)
    problems = matrix_problems([*FOUND, UrlPattern("secret_page", ())], OF_TRAJECTORY, TABLE)

    assert set(problems) - set(known) == {"secret_page: no line in docs/rights.md"}


def test_a_trajectory_url_also_needs_a_row_for_private_trajectories():
    table = [row for row in TABLE if not row.hidden]

    assert "trajectory: no line in docs/rights.md for non-public trajectories" in matrix_problems(
        FOUND, OF_TRAJECTORY, table
    )


def test_a_table_row_for_a_removed_url_is_reported():
    [row] = parse_rows("| old | `gone` | GET |" + " yes |" * len(ROLES))

    assert matrix_problems(FOUND, OF_TRAJECTORY, [*TABLE, row])[-1] == "gone: no URL pattern has this name (old)"


@pytest.mark.parametrize(
    ("name", "hidden"), [("about", False), ("trajectory", False), ("trajectory", True), ("mfa_index", False)]
)
def test_every_table_cell_is_checked(name, hidden, here):
    """With any other word in it the response is wrong."""
    [row] = rows_for(name, hidden, TABLE)
    tried = list(attempts(next(address for address in FOUND if address.name == name), hidden, here, methods=("GET",)))
    for role in ROLES:
        for cell in {YES, LOG_IN, NO, HIDDEN} - {row.cells[role]}:
            changed = row._replace(cells={**row.cells, role: cell})
            assert [problems.split(",")[0] for problems in mismatches([changed], tried)] == [role], cell


@pytest.mark.parametrize("methods", [("GET", "HEAD", "POST"), ("HEAD",), ("GET",)])
def test_every_http_method_is_checked(methods, here):
    [row] = rows_for("about", False, TABLE)

    assert mismatches([row._replace(methods=methods)], attempts(UrlPattern("about", ()), False, here, ROLES[:1]))


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        ("| a | `about` | GET | yes |", "4 cells"),
        ("| a | `about` | GET |" + " maybe |" * len(ROLES), "'maybe'"),
        ("| a | `about` | LOOK |" + " yes |" * len(ROLES), "LOOK"),
        ("| a | about | GET |" + " yes |" * len(ROLES), "No address"),
    ],
)
def test_a_malformed_table_row_is_rejected(line, problems):
    with pytest.raises(ValueError, match=problems):
        parse_rows(line)


def test_every_role_in_the_table_has_a_test_user(here):
    assert tuple(here.people) == ROLES
    assert [name for name, user in here.people.items() if user is None] == ["visitor", "follower"]
