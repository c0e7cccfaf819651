"""Schemathesis generates requests from the OpenAPI document; responses match the document and are never a 500.

For more requests, with the boundaries of every field: EXAMPLES=200 COVERAGE=1 pytest tests/api/test_schemathesis.py
"""

from __future__ import annotations

import os
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
                elif "pattern" in (one := parameter["schema"].get("anyOf", [parameter["schema"]])[-1]):
                    # Without this, generated dates would be of any year, and nearly all be discarded.
                    parameter["schema"] = {**one, "enum": DAYS}
    refused = {"enabled": True, "expected-statuses": ["4xx"]}
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"deterministic": True, "max-examples": EXAMPLES},
            "phases": {"coverage": {"enabled": COVERAGE}},
            "checks": {"negative_data_rejection": refused},
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


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=PHASES)
def test_every_response_conforms_to_the_description(case: Any, keys: dict[str, str]) -> None:
    for who in WHO:
        headers = {"Authorization": f"Bearer {keys[who]}"} if who else {}
        with transaction.atomic():
            case.call_and_validate(headers=headers, excluded_checks=[] if may_be(case) else [positive_data_acceptance])
            transaction.set_rollback(True)


def may_be(case: Any) -> bool:
    """Return whether a value that matches the schema is always accepted: so it is for reads, not for writes."""
    query = case.query or {}
    return case.method == "GET" and "cursor" not in query and query.get("bekendOp") != LATER
