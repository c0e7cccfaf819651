"""The obligations on the page of a motion or commitment today."""

from __future__ import annotations

import pytest

from tests import world
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_user_text_is_escaped(client):
    evil = "<script>alert(1)</script>"
    motion = world.motion(title=evil, dictum=evil, owner=evil, body=evil)
    promise = world.commitment("<b>1", text=evil, made_by=evil, owner=evil, source=evil)
    for of in ({"motion": motion}, {"commitment": promise}):
        next(iter(of.values())).reports.create(text=evil)

    for address in ("/moties/", "/moties/21.0098/04/", "/toezeggingen/", "/toezeggingen/<b>1/"):
        html = get_html(client, address)
        assert "&lt;script&gt;" in html, address
        assert "<script" not in html, address
        assert "<b>" not in html, address
