"""Schemathesis generates requests from the OpenAPI document; responses match the document and are never a 500.

For more requests, with the boundaries of every field: EXAMPLES=200 COVERAGE=1 pytest tests/api/test_schemathesis.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.test.utils import override_settings
from hypothesis import Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from participation.api.core.throttling import Throttle
from participation.models import ApiKey
from tests.api.openapi import PREFIX, openapi_document, path_parameter
from tests.web.permission_fixtures import permission_data

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("EXAMPLES", "10"))
COVERAGE = bool(os.environ.get("COVERAGE"))
LATER = "2100-01-01"
#: Failing examples are not shrunk, which would take minutes.
PHASES = [Phase.explicit, Phase.generate]
#: Parameters that need an existing value; with another text there would be nothing to read or change.
KNOWN = {
    "If-Match": ["*", '"0"'],
    "bekendOp": ["2026-04-20", "2026-04-20T12:00:00Z", LATER],
}
DAYS = ["1900-01-01", "2026-04-20", "2199-12-31"]
#: The roles of clients; "" is anonymous.
WHO = ("", "coordinator")


def led() -> Any:
    """Return the OpenAPI document with values of existing rows."""
    document = openapi_document()
    document["servers"] = [{"url": PREFIX}]
    for path, item in document["paths"].items():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": [str(path_parameter(path, parameter["name"]))]}
                if parameter["name"] in KNOWN:
                    parameter["schema"] = {"type": "string", "enum": KNOWN[parameter["name"]]}
                elif parameter["in"] == "query" and "pattern" in (
                    one := parameter["schema"].get("anyOf", [parameter["schema"]])[-1]
                ):
                    # Without this, generated dates would be of any year, and nearly all be discarded.
                    parameter["schema"] = {**one, "enum": DAYS}
    refused = {"enabled": True, "expected-statuses": ["4xx"]}
    # By the version that is sent, or that none is: an OpenAPI document cannot ask for one of two headers.
    accepted = {"expected-statuses": ["2xx", "304", "401", "403", "404", "409", "412", "428"]}
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"deterministic": True, "max-examples": EXAMPLES},
            "phases": {"coverage": {"enabled": COVERAGE}},
            # A change without If-Match is refused with 428 (RFC 6585), which the check does not expect by itself.
            "checks": {
                "negative_data_rejection": refused,
                "missing_required_header": refused,
                "positive_data_acceptance": accepted,
            },
        }
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = get_wsgi_application()
    return schema


SCHEMA = led()


@pytest.fixture(scope="module")
def keys(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[dict[str, str]]:
    """The data of all these tests, and an API key for each user; each test is rolled back."""
    as_in_use = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"), ALLOWED_HOSTS=["localhost"])
    with as_in_use, django_db_blocker.unblock(), transaction.atomic():
        people = permission_data().people
        yield {role: ApiKey.objects.create(user=user, name="proef")[1] for role, user in people.items() if user}
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Throttle, "THROTTLE_RATES", {"anonymous": None, "read": None, "write": None})


#: What no schema can say of a value that matches it: the details of the errors with which it is refused.
BEYOND_SCHEMA = (
    # What it refers to must exist.
    r"there is no (organisation|rule|trajectory|motion|neighbourhood) ['\"]",
    r"there is no [a-z, ]+ with the ref ['\"]",
    r"the rulebook has no ",
    # The order of a chain, and the shape of an area.
    r"^it replaces itself",
    r"\b(position|positions|border|longitude|latitude)\b",
    # A number with one decimal is no multiple of 0.1 to most validators.
    r"has more than one decimal",
    # All that is an address on the web, in one pattern, would be pages long.
    r"^Enter a valid URL",
    # What is read may be sent again, but these are added one by one.
    r"are added one by one",
    # A name is that of the address, stays as it is, is free, and is not that of another page.
    r"it is not the slug of this address",
    r"it cannot be changed",
    r"(is the address of another page|cannot be part of an address|ends like the address of another page)",
    # Dates and times in their order, and days that go with the precision.
    r"is (after|before) ",
    r"needs `from` and `to` to be the same day",
    r"what was done is not still to be planned",
    r"(it is not known|a repetition counts) (on which|until which|from a) day",
    r"it ends at ",
)
_BEYOND_SCHEMA = re.compile("|".join(BEYOND_SCHEMA))


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=PHASES)
def test_every_response_conforms_to_the_description(case: Any, keys: dict[str, str]) -> None:
    for who in WHO:
        headers = {"Accept-Language": "en", **({"Authorization": f"Bearer {keys[who]}"} if who else {})}
        with transaction.atomic():
            response = case.call(headers=headers)
            is_refused = response.status_code == 400 and all(map(is_beyond_schema, response.json().get("errors", [{}])))
            excluded = [positive_data_acceptance] if is_refused or not may_be(case) else []
            sent = {"headers": headers, "transport_kwargs": {"headers": headers}}
            case.validate_response(response, excluded_checks=excluded, **sent)
            transaction.set_rollback(True)


def is_beyond_schema(error: Any) -> bool:
    """Return whether this error is about what a schema cannot say."""
    return bool(_BEYOND_SCHEMA.search(error.get("detail", "")))


def may_be(case: Any) -> bool:
    """Return whether a value that matches the schema is accepted where it goes: not a page or a moment of nowhere."""
    query = case.query or {}
    return "cursor" not in query and query.get("bekendOp") != LATER
