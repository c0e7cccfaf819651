"""Rate limits on forms."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from participation.models import User
from participation.web.shared.throttle import throttled
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(settings, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: world.moment("2026-05-01 12:00:15"))
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "follow": "2/m/ip",
        "evaluation": "9/m/ip",
        "counter_signal": "2/m/user",
    }
    cache.clear()
    yield
    cache.clear()


def sent(rf, action, method="post", user=None, **headers):
    request = getattr(rf, method)("/", **headers)
    request.user = user or User()
    return throttled(action)(lambda _request: HttpResponse("aangenomen"))(request)


def test_a_throttled_form_gives_an_explanation_page(rf):
    answers = [sent(rf, "follow") for _ in range(3)]

    assert [response.status_code for response in answers] == [200, 200, 429]
    assert "Wacht even" in answers[-1].content.decode()
    assert answers[-1].headers["Retry-After"] == "45"


@pytest.mark.parametrize("method", ["get", "head"])
def test_get_requests_are_not_counted(rf, method):
    assert [sent(rf, "follow", method).status_code for _ in range(5)] == [200] * 5


def test_forms_and_clients_are_counted_separately(rf):
    for _ in range(2):
        sent(rf, "follow")

    assert sent(rf, "evaluation").status_code == 200
    assert sent(rf, "follow", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_limits_per_user_apply_from_any_address(rf):
    one, other = (User.objects.create_user(name, f"{name}@example.org") for name in ("one", "other"))
    addresses = ("192.0.2.1", "192.0.2.2", "192.0.2.3")
    answers = [sent(rf, "counter_signal", user=one, REMOTE_ADDR=address).status_code for address in addresses]

    assert answers == [200, 200, 429]
    assert sent(rf, "counter_signal", user=other, REMOTE_ADDR=addresses[0]).status_code == 200


def test_an_action_without_a_configured_limit_is_rejected_at_import():
    with pytest.raises(ImproperlyConfigured, match="'anything'"):
        throttled("anything")
