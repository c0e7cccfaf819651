"""Programs that call the API: with or without a key, and what they are answered."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from participation.models import ApiKey, User

PREFIX = "/api/v1"


class ApiTestClient:
    """A program: of nobody, or with a key of this person."""

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

    def send(self, method: str, address: str, data: bytes | str = b"", kind: str = "", **headers: str) -> Any:
        """Send this as it is, by any method, as whatever kind it is called."""
        named = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.generic(method, f"{PREFIX}{address}", data, kind, headers=named)

    def _call(self, method: str, address: str, body: Any, headers: dict[str, str]) -> Any:
        address = address if address.startswith("http") else f"{PREFIX}{address}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(self.client, method)(address, headers={**self.headers, **named}, **more)


def errors_of(response: Any, status: int = 400) -> dict[str, str]:
    """Where something was wrong, and why; the answer is a problem with this status."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    return {
        error["location"].get("pointer") or error["location"]["name"]: error["detail"]
        for error in problem.get("errors", ())
    }


def status_and_detail(response: Any) -> tuple[int, str]:
    """The status and the sentence of a problem, which the answer must be."""
    errors_of(response, response.status_code)
    return response.status_code, response.json()["detail"]
