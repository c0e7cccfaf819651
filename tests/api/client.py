"""A client of the API for tests, and helpers to read its problem responses."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from participation.models import ApiKey, User

PREFIX = "/api/v1"


class ApiTestClient:
    """A client of the API, without authentication or with an API key of this user."""

    def __init__(self, user: User | None = None) -> None:
        self.client, self.headers = Client(), {}
        if user:
            _row, key = ApiKey.objects.create(user, name="een programma")
            self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, address: str, **headers: str) -> Any:
        return self._call("get", address, None, headers)

    def post(self, address: str, body: Any, **headers: str) -> Any:
        return self._call("post", address, body, headers)

    def patch(self, address: str, body: Any, **headers: str) -> Any:
        return self._call("patch", address, body, headers)

    def put(self, address: str, body: Any, **headers: str) -> Any:
        return self._call("put", address, body, headers)

    def send(self, method: str, address: str, data: bytes | str = b"", content_type: str = "", **headers: str) -> Any:
        """Send this body unchanged, with any method and content type."""
        all_headers = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.generic(method, f"{PREFIX}{address}", data, content_type, headers=all_headers)

    def _call(self, method: str, address: str, body: Any, headers: dict[str, str]) -> Any:
        address = address if address.startswith("http") else f"{PREFIX}{address}"
        own_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(self.client, method)(address, headers={**self.headers, **own_headers}, **content)


def errors_of(response: Any, status: int = 400) -> dict[str, str]:
    """Return the detail of each error by its location; the response must be a problem with this status."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    return {
        error["location"].get("pointer") or error["location"]["name"]: error["detail"]
        for error in problem.get("errors", ())
    }


def status_and_detail(response: Any) -> tuple[int, str]:
    """Return the status and the detail of a response, which must be a problem."""
    errors_of(response, response.status_code)
    return response.status_code, response.json()["detail"]
