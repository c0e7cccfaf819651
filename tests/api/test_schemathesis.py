"""The whole description of the API, tried by Schemathesis: what it generates is answered as is told, never by a 500.

More of it, with every boundary of every field: EXAMPLES=200 COVERAGE=1 pytest tests/api/test_schemathesis.py
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
#: What fails is told as it was found: looking for the smallest would take minutes.
PHASES = [Phase.explicit, Phase.generate]
#: What leads somewhere: with any other text there would be nothing to read or to change.
KNOWN = {
    "If-Match": ["*", '"0"'],
    "bekendOp": ["2026-04-20", "2026-04-20T12:00:00Z", LATER],
}
DAYS = ["1900-01-01", "2026-04-20", "2199-12-31"]
#: Programs may be of these people; "" of nobody.
WHO = ("", "coordinator")


def led() -> Any:
    """Return the description with what is in the town filled in."""
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
                    # Days of all years, nearly none of them ours, would be made and thrown away.
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
    """One town for all these tests, and for each person a key: what a test changes in it is taken back."""
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
    """Whether what is right by its form is right in itself too: so it is in reading, not in writing."""
    query = case.query or {}
    return case.method == "GET" and "cursor" not in query and query.get("bekendOp") != LATER
