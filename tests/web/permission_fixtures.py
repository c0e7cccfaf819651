"""Data for the permission tests: a public and a non-public trajectory, and a user for each role of the table.

A URL pattern with a new argument needs a line in ``ARGUMENTS``. Values that belong to a trajectory come from
``PermissionRows``.
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
from participation.compliance.rulebooks import load_rulebooks
from participation.models import ApiKey
from participation.presentation.mail import mail_token
from participation.services.assessment import reassess_one
from participation.services.changes.changesets import record_changeset
from tests import world
from tests.web.permission_matrix import ROLES

WRONG = "x" * 32
#: The token of who handed something in.
SUBMITTED = "ingestuurd"
TODAY = date(2026, 4, 20)


class PermissionRows(NamedTuple):
    """A trajectory and the rows that belong to it."""

    trajectory: Any
    changeset: Any
    document: Any
    upload: Any
    counter_signal: Any
    obligation: Any
    follower: Any
    evaluation: Any


class PermissionData(NamedTuple):
    """The rows of both trajectories, and the user of each role; None for an anonymous visitor."""

    public: PermissionRows
    hidden: PermissionRows
    people: dict[str, Any]
    #: The API key of each user.
    keys: dict[str, str]
    #: The cookies with which each user is logged in, where a test needs those.
    cookies: dict[str, str] = {}

    def rows(self, hidden: bool) -> PermissionRows:
        return self.hidden if hidden else self.public


def permission_data() -> PermissionData:
    people = {
        "visitor": None,
        "follower": None,
        "member (own)": world.user("association_member", world.RESIDENTS, name="own"),
        "member (outsider)": world.user("association_member", world.OUTSIDER, name="outsider"),
        "council member": world.user("council_member"),
        "adviser (own)": world.user("adviser", name="mine"),
        "adviser (other's)": world.user("adviser", name="theirs"),
        "coordinator": world.user("coordinator"),
        "auditor": world.user("auditor"),
        "administrator": world.user("administrator", is_staff=True, is_superuser=True),
    }
    for role in ROLES[5:]:
        _second_factor(people[role])
    register = (
        world.motion(),
        world.commitment(repeats_every_months=6, repeats_first_due_on=world.on("2021-12-31")),
        world.register_request(),
    )
    for row in register:
        now = world.moment("2026-04-20 10:00")
        reassess_one(row._meta.model_name, row.pk, load_rulebooks(settings.RULEBOOK), TODAY, now)
    models.Submission.objects.create(
        kind="initiative",
        text="Een tuin",
        email="indiener@example.org",
        token=SUBMITTED,
        submitted_at=world.moment("2026-04-20 10:00"),
        confirmed_at=world.moment("2026-04-20 10:00"),
        request=world.register_request("I-2026-001", kind="initiative", moderation="public"),
    )
    keys = {role: ApiKey.objects.create(user=user, name="proef")[1] for role, user in people.items() if user}
    return PermissionData(
        _make_rows("openbaar", people, public=True), _make_rows("verborgen", people, public=False), people, keys
    )


def _second_factor(user: models.User) -> None:
    """Give a member of staff a password and an authenticator app."""
    user.set_password("een-lang-wachtwoord")
    user.save()
    TOTP.activate(user, "A" * 32)
    RecoveryCodes.activate(user)


def _make_rows(slug: str, people: dict[str, Any], *, public: bool) -> PermissionRows:
    trajectory = world.trajectory(slug, public=public)
    adviser, member = people["adviser (own)"], people["member (own)"]
    trajectory.advisers.add(adviser)
    world.plan(trajectory, world.RESIDENTS)
    step = world.step(trajectory)
    world.step(trajectory, "besluit", kind="decision", method="", audience=[], planned=world.on("2026-05-07"))
    world.contribution(trajectory)
    request = world.request(trajectory)
    scenario = world.scenario(trajectory)
    world.waiver(trajectory)
    now = world.moment("2026-04-20 10:00")
    upload = models.Upload.objects.create(
        file=ContentFile(b"%PDF", name="stuk.pdf"),
        name="stuk.pdf",
        media_type="application/pdf",
        size=4,
        sha256="0" * 64,
        uploaded_at=now,
        uploaded_by=adviser,
    )
    rulebook = load_rulebooks(settings.RULEBOOK)
    # A real changeset that can be undone, after which the obligations are assessed.
    with record_changeset(
        adviser, trajectory, "changed", about=scenario.title, now=now, today=TODAY, rulebooks=rulebook
    ) as recorder:
        scenario.title = "Met auto's"
        recorder.save(scenario)
    obligation = trajectory.obligations.filter(rule="feedback-given", subject="s1", withdrawn_at=None).get()
    return PermissionRows(
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
            email="volger@example.org", trajectory=trajectory, asked_at=now, confirmed_at=now, token=f"volgt-{slug}"
        ),
        models.EvaluationLink.objects.create(step=step, made_on=TODAY, token=f"vindt-{slug}"),
    )


class UrlArgument(NamedTuple):
    """The value of a URL argument: from a trajectory's rows, or with ``of_trajectory`` False the same for both."""

    names: str
    argument: str
    value: Callable[[PermissionRows, str], Any]
    of_trajectory: bool = True


def _token_of(of: str) -> Callable[[PermissionRows, str], str]:
    """Return the token of the link for the follower, and a wrong one for every other role."""
    return lambda rows, role: getattr(rows, of).token if role == "follower" else WRONG


def _mail_token(rows: PermissionRows, role: str) -> str:
    """Return the token in the adviser's mail for the follower, and a wrong one for every other role."""
    return mail_token(rows.changeset.by_id) if role == "follower" else WRONG


def _constant(value: Any) -> Callable[[PermissionRows, str], Any]:
    return lambda _rows, _role: value


def _first_rule(_rows: PermissionRows, _role: str) -> str:
    return load_rulebooks(settings.RULEBOOK).first.rules[0].id


#: The first match counts. Names and arguments may contain a wildcard.
ARGUMENTS = (
    UrlArgument("openid_connect_*", "provider_id", _constant("staff"), False),
    UrlArgument("account_reset_password_from_key", "uidb36", _constant("1"), False),
    UrlArgument("account_reset_password_from_key", "key", _constant(WRONG), False),
    UrlArgument("admin:*", "app_label", _constant("participation"), False),
    UrlArgument("admin:*", "*", _constant("1"), False),
    UrlArgument("api:motion*", "number", _constant("21.0098/04"), False),
    UrlArgument("api:commitment*", "number", _constant("T-1"), False),
    UrlArgument("api:register-request*", "number", _constant("V-2026-12"), False),
    UrlArgument("api:rule", "id", _first_rule, False),
    UrlArgument("api:organisation", "slug", _constant(world.RESIDENTS), False),
    UrlArgument("api:waivers-one", "id", lambda rows, _role: rows.trajectory.waivers.get().pk),
    UrlArgument("*neighbourhood*", "*", _constant(world.CENTRE), False),
    UrlArgument("organisation_*", "*", _constant(world.RESIDENTS), False),
    UrlArgument("motion*", "*", _constant("21.0098/04"), False),
    UrlArgument("commitment*", "*", _constant("T-1"), False),
    UrlArgument("initiative*", "*", _constant("I-2026-001"), False),
    UrlArgument("submission", "token", lambda _rows, role: SUBMITTED if role == "follower" else WRONG, False),
    UrlArgument("rule*", "*", _first_rule, False),
    UrlArgument("council_meeting*", "day", _constant("2026-05-07"), False),
    UrlArgument("yearly_report*", "year", _constant(2025), False),
    UrlArgument("yearly_report_part", "part", _constant("feedback"), False),
    UrlArgument("sitemap", "section", _constant("rules"), False),
    UrlArgument("open_data_file", "file", _constant("datapackage.json"), False),
    UrlArgument("mail_unsubscribe", "token", _mail_token, False),
    UrlArgument("mail_unsubscribe", "kind", _constant("rapport"), False),
    UrlArgument("follow_*", "token", _token_of("follower")),
    UrlArgument("evaluation*", "token", _token_of("evaluation")),
    UrlArgument("*", "token", _token_of("follower")),
    UrlArgument("*contribution*", "ref", _constant("c1")),
    UrlArgument("*document*", "ref", _constant("d1")),
    UrlArgument("*request*", "ref", _constant("r1")),
    UrlArgument("*scenario*", "ref", _constant("sc1")),
    UrlArgument("*", "ref", _constant("s1")),
    UrlArgument("waiver*", "pk", lambda rows, _role: rows.trajectory.waivers.get().pk),
    UrlArgument("actor*", "pk", lambda rows, _role: rows.trajectory.plan.actors.get().pk),
    UrlArgument("*changeset*", "pk", lambda rows, _role: rows.changeset.pk),
    UrlArgument("*upload*", "pk", lambda rows, _role: rows.upload.pk),
    UrlArgument("*document*", "pk", lambda rows, _role: rows.document.pk),
    UrlArgument("*counter*", "pk", lambda rows, _role: rows.counter_signal.pk),
    UrlArgument("*", "rule", lambda rows, _role: rows.obligation.rule),
    UrlArgument("*", "subject", lambda rows, _role: rows.obligation.subject),
    UrlArgument("*", "slug", lambda rows, _role: rows.trajectory.slug),
    UrlArgument("*", "name", lambda rows, _role: rows.trajectory.slug),
)


def url_argument(name: str, wanted: str) -> UrlArgument:
    """Return the value of an argument of a URL pattern. Raises LookupError for an unknown one."""
    for known in ARGUMENTS:
        if fnmatch(name, known.names) and fnmatch(wanted, known.argument):
            return known
    raise LookupError(f"{name}: add <{wanted}> to ARGUMENTS in tests/web/permission_fixtures.py")


#: Query parameters that URL patterns need.
QUERIES: dict[str, Callable[[PermissionRows], dict[str, str]]] = {
    "api:motion-explanation": lambda _rows: {"rule": "motion-followed-up"},
    "api:commitment-explanation": lambda _rows: {"rule": "commitment-dated"},
    "api:register-request-explanation": lambda _rows: {"rule": "woo-decided"},
    "api:explanation": lambda rows: {"subject": rows.obligation.subject},
    "trajectory_obligation": lambda rows: {"regel": rows.obligation.rule, "over": rows.obligation.subject},
    "counter_signal_add": lambda rows: {"rule": rows.obligation.rule, "subject": rows.obligation.subject},
    "waiver_add": lambda rows: {"rule": rows.obligation.rule, "subject": rows.obligation.subject},
    "week_record": lambda rows: {"traject": rows.trajectory.slug, "wat": "stap"},
}

#: Bodies for API URLs that validate the body before they authenticate; the others get an empty object.
BODIES: dict[str, Callable[[PermissionRows], dict[str, Any]]] = {
    "api:dossier": lambda rows: {"dossier": 1, "trajectory": {"slug": rows.trajectory.slug, "title": "Plein"}},
}
