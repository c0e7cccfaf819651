"""The register of processing activities (GDPR, article 30): which data of whom, why, on what ground and how long.

The privacy statement shows it and ``docs/privacy.md`` repeats it. Periods are read from where the jobs and the sessions
read them, so that the statement cannot differ from what happens. Tests check that every table with personal data and
every retention period has its place here.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from participation.retention import PERIODS
from participation.services.accounts.rate_limits import parse_rates

from .texts import period_text

CONSENT = _(
    "You agreed to it yourself (consent: GDPR, article 6(1)(a)). You can withdraw that at any time, with the "
    "link in each mail."
)
PUBLIC_TASK = _(
    "It is part of a task of the municipality: letting residents take part in plans (GDPR, article 6(1)(e))."
)
FOR_MAIL = _(
    "If you follow something: your own consent (GDPR, article 6(1)(a)). If you have an account: the task of the "
    "municipality (article 6(1)(e))."
)
SECURITY = _("The law requires us to keep data safe (GDPR, article 6(1)(c) and article 32).")
WITH_THE_TRAJECTORY = _("As long as the trajectory itself. The Archives Act (Archiefwet) says how long that is.")


class RetentionTerm(NamedTuple):
    """A sentence on how long something is kept, with ``%(period)s`` where it has a period.

    ``period`` is the name of one in ``retention.PERIODS``, or a function that reads it from the settings.
    """

    text: Any
    period: str | Callable[[], timedelta] = ""

    def in_words(self) -> str:
        """Return the sentence with its period."""
        if not self.period:
            return str(self.text)
        period = PERIODS[self.period] if isinstance(self.period, str) else self.period()
        return str(self.text) % {"period": period_text(period)}


class ActivityInWords(NamedTuple):
    """A processing activity as it is shown, in the active language."""

    id: str
    title: Any
    what: Any
    why: Any
    ground: Any
    terms: list[str]
    tables: list[str]


class ProcessingActivity(NamedTuple):
    """Data of one group of people: what, why, on what ground, how long, and in which tables."""

    id: str
    title: Any
    what: Any
    why: Any
    ground: Any
    terms: tuple[RetentionTerm, ...]
    #: Labels of models; the histories of a model belong to it.
    tables: tuple[str, ...]

    def in_words(self) -> ActivityInWords:
        """Return the activity with its periods, and the names of its tables."""
        return ActivityInWords(
            *(self.id, self.title, self.what, self.why, self.ground),
            [term.in_words() for term in self.terms],
            list(dict.fromkeys(map(_table_name, self.tables))),
        )


#: Names of tables of libraries, which have none that a reader understands.
_LIBRARY_TABLES = {
    **dict.fromkeys(("account.EmailAddress", "account.EmailConfirmation"), _("checked e-mail addresses")),
    "mfa.Authenticator": _("second steps of logging in"),
    **dict.fromkeys(
        ("socialaccount.SocialAccount", "socialaccount.SocialToken"), _("log-ins by the municipality’s own server")
    ),
    "admin.LogEntry": _("log of the administration"),
}


def _table_name(label: str) -> str:
    return str(_LIBRARY_TABLES.get(label) or apps.get_model(label)._meta.verbose_name_plural)


def _longest_rate_limit() -> timedelta:
    windows = [rate.seconds for text in settings.RATE_LIMITS.values() for rate in parse_rates(text)]
    return timedelta(seconds=max(windows, default=0))


def _setting(name: str) -> Callable[[], timedelta]:
    """Return a function that reads a number of seconds from the settings."""
    return lambda: timedelta(seconds=getattr(settings, name))


def _key_lifetime() -> timedelta:
    lifetime: timedelta = settings.REST_KNOX["TOKEN_TTL"]
    return lifetime


ACTIVITIES = (
    ProcessingActivity(
        "looking",
        _("You look around"),
        _(
            "Nothing. We do not count visits, and no other company reads along. When you send a form, log in or "
            "use the API, we count how often that happens from your network or for your account. We do so with a "
            "code that cannot be turned back into your address or name."
        ),
        _("So that nobody can misuse the forms or guess a password."),
        SECURITY,
        (RetentionTerm(_("The counts are gone after %(period)s at most."), _longest_rate_limit),),
        ("participation.RateCount",),
    ),
    ProcessingActivity(
        "following",
        _("You follow a trajectory or neighbourhood by mail"),
        _(
            "Your e-mail address, what you follow, your language, how often you want a mail, when you signed up, "
            "and up to when we sent you news."
        ),
        _("To send you the news that you asked for."),
        CONSENT,
        (
            RetentionTerm(_("Until you stop. Then your address and our mails to you are deleted at once.")),
            RetentionTerm(_("If you do not open the link in the first mail: %(period)s."), "unconfirmed"),
            RetentionTerm(_("After the trajectory is closed: %(period)s."), "of_closed"),
        ),
        ("participation.Follower",),
    ),
    ProcessingActivity(
        "handing-in",
        _("You hand in an initiative or a question without an account"),
        _(
            "What you wrote, your e-mail address, your name and neighbourhood if you fill them in, your language, and "
            "when you did so. Once somebody of the municipality read it, everybody can read what you wrote, but not "
            "your name and address."
        ),
        _("To give you an answer, and so that everybody can see what residents ask and what becomes of it."),
        PUBLIC_TASK,
        (
            RetentionTerm(
                _("If you do not open the link in the first mail: all of it %(period)s."), "unconfirmed_submissions"
            ),
            RetentionTerm(
                _(
                    "Your name and address: %(period)s after the answer, or until you have them removed with the link "
                    "in our mails."
                ),
                "answered_submissions",
            ),
            RetentionTerm(_("What you wrote, and the answer: like what is said in a trajectory.")),
        ),
        ("participation.Submission",),
    ),
    ProcessingActivity(
        "evaluation",
        _("You fill in the form after a meeting"),
        _(
            "Your answers and the day, without your name. The link works once, and nobody can find out which answer is "
            "yours. So leave your name out of your remark. Your group and neighbourhood are only counted, apart from "
            "your answers."
        ),
        _("To see whether people find the meetings fair and clear."),
        PUBLIC_TASK,
        (RetentionTerm(WITH_THE_TRAJECTORY),),
        ("participation.EvaluationLink", "participation.EvaluationResponse", "participation.EvaluationCount"),
    ),
    ProcessingActivity(
        "participating",
        _("You take part: you say, write or ask something"),
        _(
            "What you said at a meeting, or wrote in a letter, survey or question, and the answer to it. With the day, "
            "and the group or association for which you spoke. We do not ask for your name. An adviser or an "
            "association writes it down, or it comes from a survey of the municipality. If the trajectory is public, "
            "everybody can read it."
        ),
        _("So that everybody can see what was said, and what was done with it."),
        PUBLIC_TASK,
        (
            RetentionTerm(WITH_THE_TRAJECTORY),
            RetentionTerm(
                _(
                    "Is your name or telephone number in it? Ask us to take it out. It then goes from all earlier "
                    "versions too."
                )
            ),
            RetentionTerm(_("A file whose sending was broken off: %(period)s."), "files"),
        ),
        (
            "participation.Contribution",
            "participation.Request",
            "participation.CounterSignal",
            "participation.Step",
            "participation.Document",
            "participation.DocumentShare",
            "participation.Upload",
            "participation.Plan",
            "participation.PlanActor",
            "participation.Scenario",
            "participation.Obligation",
        ),
    ),
    ProcessingActivity(
        "named",
        _("You are named because of your work or office"),
        _(
            "Your name or function: as contact of a trajectory, as the one who made a promise or explains a choice, or "
            "in the text of a motion. Of what is public everybody can read it."
        ),
        _("So that residents know whom to ask, and who promised what."),
        PUBLIC_TASK,
        (RetentionTerm(WITH_THE_TRAJECTORY),),
        (
            "participation.Trajectory",
            "participation.Motion",
            "participation.Commitment",
            "participation.ProgressReport",
            "participation.CommitmentFulfilment",
            "participation.Waiver",
            "participation.Organisation",
        ),
    ),
    ProcessingActivity(
        "account",
        _("You have an account"),
        _(
            "Your name, e-mail address, user name and role, the association for which you speak, your language, which "
            "mail you want, up to when you read the news, and when you last logged in. Of a council member we keep the "
            "portfolio and the district to start with, if they chose any. Of your password we keep only a code "
            "that cannot be turned back into it. We also keep the secret of the app for your second "
            "step. If you log in with your work account, we keep the number by which the municipality’s own "
            "server knows you."
        ),
        _("So that only you can use your account, and everybody sees and changes no more than they may."),
        PUBLIC_TASK,
        (
            RetentionTerm(
                _(
                    "Until you or your organisation asks to close it. Password, second step and keys are then "
                    "deleted at once. Your name and address stay with what you recorded, unless you ask us to "
                    "remove them."
                )
            ),
            RetentionTerm(
                _("That you are logged in, if you work for the municipality: %(period)s at most."),
                _setting("SESSION_COOKIE_AGE"),
            ),
            RetentionTerm(
                _("That you are logged in, if you are a member of an association: %(period)s at most."),
                _setting("MEMBER_SESSION_AGE"),
            ),
            RetentionTerm(
                _("The code to log in that we mail to you: it works for %(period)s."),
                _setting("ACCOUNT_LOGIN_BY_CODE_TIMEOUT"),
            ),
        ),
        (
            "participation.User",
            "participation.Membership",
            "sessions.Session",
            "mfa.Authenticator",
            "socialaccount.SocialAccount",
            "socialaccount.SocialToken",
            "account.EmailAddress",
            "account.EmailConfirmation",
        ),
    ),
    ProcessingActivity(
        "recording",
        _("You record something, for the municipality or for your association"),
        _(
            "What you recorded, changed, uploaded or removed, when, and by which account. Visitors read in which role "
            "somebody recorded something. Only who works for the municipality, the council or the audit office sees "
            "the name. Also the draft of answers that you did not record yet; on the pages only you see it."
        ),
        _("So that it can be seen afterwards who knew what when, and a mistake can be undone."),
        PUBLIC_TASK,
        (
            RetentionTerm(WITH_THE_TRAJECTORY),
            RetentionTerm(_("What was done in the administration, and that text was removed for good: always.")),
            RetentionTerm(
                _("A draft of answers: until you record it or throw it away, or until your account is closed.")
            ),
            RetentionTerm(
                _("A long sheet with contributions that you uploaded: until it was read. Its result: %(period)s."),
                "imports",
            ),
            RetentionTerm(_("What makes a form that is sent twice count once: %(period)s."), "requests"),
        ),
        (
            "participation.Changeset",
            "participation.ContributionImport",
            "participation.AnswerDraft",
            # Its history names the account that changed it.
            "participation.Neighbourhood",
            "participation.Erasure",
            "participation.IdempotencyRecord",
            "admin.LogEntry",
        ),
    ),
    ProcessingActivity(
        "mail",
        _("You get mail from Leidraad"),
        _(
            "The address and the text of each mail, and whether the mail server took it. If a mail came back: your "
            "address, and what the mail server said. If you have an account: which reports and reminders you got, with "
            "their subject and figures."
        ),
        _("To send each mail once, and to find out why one did not arrive."),
        FOR_MAIL,
        (
            RetentionTerm(
                _("The address and the text: %(period)s after sending. That a mail was sent, and when, stays."),
                "emptied",
            ),
            RetentionTerm(_("What a mail server said about a mail that came back: %(period)s."), "bounces"),
            RetentionTerm(
                _(
                    "That we send nothing to your address, because mail came back too often: as long as that is so. "
                    "After that, or if nobody uses the address any more: %(period)s."
                ),
                "pauses",
            ),
            RetentionTerm(_("Which reports and reminders you got: as long as your account.")),
        ),
        (
            "participation.OutboundEmail",
            "participation.Bounce",
            "participation.PausedAddress",
            "participation.DigestDelivery",
            "participation.Reminder",
        ),
    ),
    ProcessingActivity(
        "programs",
        _("You let a program use Leidraad"),
        _(
            "The name that you gave a key, when you made it and when it ends. Of the key itself we keep only a "
            "code that cannot be turned back into it. Of a program to which Leidraad sends news: its name and "
            "address, and what was "
            "sent to it. There are no names of people in that news."
        ),
        _("So that a program may do what you may do, and no more."),
        PUBLIC_TASK,
        (
            RetentionTerm(_("A key: %(period)s, or until you withdraw it."), _key_lifetime),
            RetentionTerm(_("What was sent to a program: %(period)s."), "webhooks_emptied"),
        ),
        ("participation.ApiKey", "participation.Webhook", "participation.WebhookDelivery"),
    ),
    ProcessingActivity(
        "running",
        _("Behind the scenes"),
        _(
            "What went wrong in the work of the night, with the number of the row. The log of Leidraad has no "
            "names, e-mail addresses or network addresses."
        ),
        _("To keep Leidraad running, and to repair mistakes."),
        SECURITY,
        (RetentionTerm(_("Which part of the work was done when: %(period)s."), "parts"),),
        ("participation.JobRun", "participation.JobChunk"),
    ),
)


def retention_periods() -> Iterator[str]:
    """Yield the names of the retention periods that the activities state."""
    for activity in ACTIVITIES:
        yield from (term.period for term in activity.terms if isinstance(term.period, str) and term.period)
