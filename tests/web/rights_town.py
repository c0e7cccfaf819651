"""The town in which the rights are tried: two trajectories, one of them not public, and everyone in the table.

A new kind of address needs a line in ``ARGUMENTS``: what stands in its place in this town. What is said of a
trajectory takes it from ``Place``; there is one of what is public and one of what is not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fnmatch import fnmatch
from typing import Any, NamedTuple

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.files.base import ContentFile

from participation import models
from participation.compliance.rulebook import load
from participation.models import ApiKey
from participation.presentation.mail import mail_token
from participation.services.changes.changesets import record_changeset
from tests import world
from tests.web.rights_matrix import ROLES

WRONG = "x" * 32
TODAY = date(2026, 4, 20)


class Place(NamedTuple):
    """What hangs on one trajectory."""

    trajectory: Any
    changeset: Any
    document: Any
    upload: Any
    counter_signal: Any
    obligation: Any
    follower: Any
    evaluation: Any


class PermissionData(NamedTuple):
    """Both places, and the people by their column in the table; None is not logged in."""

    public: Place
    hidden: Place
    people: dict[str, Any]
    #: Of each of them, for the API.
    keys: dict[str, str]

    def place(self, hidden: bool) -> Place:
        return self.hidden if hidden else self.public


def town() -> PermissionData:
    people = {
        "visitor": None,
        "follower": None,
        "member (own)": world.user("association_member", world.RESIDENTS, name="own"),
        "member (outsider)": world.user("association_member", world.OUTSIDER, name="outsider"),
        "adviser (own)": world.user("adviser", name="mine"),
        "adviser (other's)": world.user("adviser", name="theirs"),
        "coordinator": world.user("coordinator"),
        "auditor": world.user("auditor"),
        "administrator": world.user("administrator", is_staff=True, is_superuser=True),
    }
    for role in ROLES[4:]:
        _second_factor(people[role])
    world.motion()
    world.commitment()
    keys = {role: ApiKey.objects.create(user=user, name="proef")[1] for role, user in people.items() if user}
    return PermissionData(
        _place("openbaar", people, public=True), _place("verborgen", people, public=False), people, keys
    )


def _second_factor(user: models.User) -> None:
    """Who works here has a password and an app."""
    user.set_password("een-lang-wachtwoord")
    user.save()
    TOTP.activate(user, "A" * 32)
    RecoveryCodes.activate(user)


def _place(slug: str, people: dict[str, Any], *, public: bool) -> Place:
    trajectory = world.trajectory(slug, public=public)
    adviser, member = people["adviser (own)"], people["member (own)"]
    trajectory.advisers.add(adviser)
    world.plan(trajectory, world.RESIDENTS)
    step = world.step(trajectory)
    world.contribution(trajectory)
    request = world.request(trajectory)
    scenario = world.scenario(trajectory)
    world.waiver(trajectory)
    at = world.moment("2026-04-20 10:00")
    upload = models.Upload.objects.create(
        file=ContentFile(b"%PDF", name="stuk.pdf"),
        name="stuk.pdf",
        media_type="application/pdf",
        size=4,
        sha256="0" * 64,
        uploaded_at=at,
        uploaded_by=adviser,
    )
    rulebook = load(settings.RULEBOOK)
    # A real entry, that can be taken back, and after it what is really owed.
    with record_changeset(
        adviser, trajectory, "changed", about=scenario.title, now=at, today=TODAY, rulebook=rulebook
    ) as recorder:
        scenario.title = "Met auto's"
        recorder.save(scenario)
    obligation = trajectory.obligations.filter(rule="feedback-given", subject="s1", withdrawn_at=None).get()
    return Place(
        trajectory,
        recorder.changeset,
        world.document(trajectory, file=upload),
        upload,
        models.CounterSignal.objects.create(
            trajectory=trajectory,
            rule=obligation.rule,
            subject=obligation.subject,
            status="overdue",
            on=TODAY,
            organisation=world.organisation(world.RESIDENTS),
            made_by=member,
            request=request,
        ),
        obligation,
        models.Follower.objects.create(
            email="volger@example.org", trajectory=trajectory, asked_at=at, confirmed_at=at, token=f"volgt-{slug}"
        ),
        models.EvaluationLink.objects.create(step=step, made_on=TODAY, token=f"vindt-{slug}"),
    )


class Argument(NamedTuple):
    """What stands for an argument of an address: found in a place, or the same in both (``of_trajectory`` False)."""

    names: str
    argument: str
    value: Callable[[Place, str], Any]
    of_trajectory: bool = True


def _holds_link(of: str) -> Callable[[Place, str], str]:
    """The follower holds the link; nobody else has it."""
    return lambda place, role: getattr(place, of).token if role == "follower" else WRONG


def _stops_mail(place: Place, role: str) -> str:
    """As above: in the mail to the adviser of the place."""
    return mail_token(place.changeset.by_id) if role == "follower" else WRONG


def _elsewhere(value: Any) -> Callable[[Place, str], Any]:
    return lambda _place, _role: value


def _first_rule(_place: Place, _role: str) -> str:
    return load(settings.RULEBOOK).rules[0].id


#: The first that fits counts. Names and arguments may have a star.
ARGUMENTS = (
    Argument("openid_connect_*", "provider_id", _elsewhere("staff"), False),
    Argument("account_reset_password_from_key", "uidb36", _elsewhere("1"), False),
    Argument("account_reset_password_from_key", "key", _elsewhere(WRONG), False),
    Argument("admin:*", "app_label", _elsewhere("participation"), False),
    Argument("admin:*", "*", _elsewhere("1"), False),
    Argument("api:motion*", "number", _elsewhere("21.0098/04"), False),
    Argument("api:commitment*", "number", _elsewhere("T-1"), False),
    Argument("api:rule", "id", _first_rule, False),
    Argument("api:organisation", "slug", _elsewhere(world.RESIDENTS), False),
    Argument("api:waivers-one", "id", lambda place, _role: place.trajectory.waivers.get().pk),
    Argument("*neighbourhood*", "*", _elsewhere(world.CENTRE), False),
    Argument("motion*", "*", _elsewhere("21.0098/04"), False),
    Argument("commitment*", "*", _elsewhere("T-1"), False),
    Argument("rule*", "*", _first_rule, False),
    Argument("open_data_file", "file", _elsewhere("datapackage.json"), False),
    Argument("mail_unsubscribe", "token", _stops_mail, False),
    Argument("mail_unsubscribe", "kind", _elsewhere("rapport"), False),
    Argument("follow_*", "token", _holds_link("follower")),
    Argument("evaluation*", "token", _holds_link("evaluation")),
    Argument("*", "token", _holds_link("follower")),
    Argument("*contribution*", "ref", _elsewhere("c1")),
    Argument("*document*", "ref", _elsewhere("d1")),
    Argument("*request*", "ref", _elsewhere("r1")),
    Argument("*scenario*", "ref", _elsewhere("sc1")),
    Argument("*", "ref", _elsewhere("s1")),
    Argument("waiver*", "pk", lambda place, _role: place.trajectory.waivers.get().pk),
    Argument("actor*", "pk", lambda place, _role: place.trajectory.plan.actors.get().pk),
    Argument("*changeset*", "pk", lambda place, _role: place.changeset.pk),
    Argument("*upload*", "pk", lambda place, _role: place.upload.pk),
    Argument("*document*", "pk", lambda place, _role: place.document.pk),
    Argument("*counter*", "pk", lambda place, _role: place.counter_signal.pk),
    Argument("*", "rule", lambda place, _role: place.obligation.rule),
    Argument("*", "subject", lambda place, _role: place.obligation.subject),
    Argument("*", "slug", lambda place, _role: place.trajectory.slug),
    Argument("*", "name", lambda place, _role: place.trajectory.slug),
)


def argument(name: str, wanted: str) -> Argument:
    """What stands for this argument of this address. Raises LookupError where nobody said."""
    for known in ARGUMENTS:
        if fnmatch(name, known.names) and fnmatch(wanted, known.argument):
            return known
    raise LookupError(f"{name}: say in ARGUMENTS (tests/web/rights_town.py) what stands for <{wanted}>")


#: What stands behind the question mark, for addresses that ask what they are about there.
QUERIES: dict[str, Callable[[Place], dict[str, str]]] = {
    "api:explanation": lambda place: {"subject": place.obligation.subject},
    "trajectory_obligation": lambda place: {"regel": place.obligation.rule, "over": place.obligation.subject},
    "counter_signal_add": lambda place: {"rule": place.obligation.rule, "subject": place.obligation.subject},
    "waiver_add": lambda place: {"rule": place.obligation.rule, "subject": place.obligation.subject},
    "week_record": lambda place: {"traject": place.trajectory.slug, "wat": "stap"},
}

#: What is sent to addresses of the API that look at it before they ask who sends it; to the others an empty object.
BODIES: dict[str, Callable[[Place], dict[str, Any]]] = {
    "api:dossier": lambda place: {"dossier": 1, "trajectory": {"slug": place.trajectory.slug, "title": "Plein"}},
}
