"""System alarms: texts for jobs and health problems, and the mails to administrators."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participation.selectors.jobs.health import HealthProblem, JobHealth

from .mail import message_id

# Remote stylesheets are off: the inliner would fetch them from any host (SSRF).
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)

#: What each job does, to follow "the job that", and the consequence where it does not run.
JOB_DESCRIPTIONS: Mapping[str, Any] = {
    "flag-due": gettext_lazy("notices what became overdue"),
    "reassess-changed": gettext_lazy("checks what was changed"),
    "reassess-all": gettext_lazy("checks everything"),
    "reassess-full": gettext_lazy("judges everything again"),
    "expire": gettext_lazy("removes what is no longer kept"),
    "reminders": gettext_lazy("makes the reminders"),
    "weekly-reports": gettext_lazy("makes the weekly reports"),
    "daily-reports": gettext_lazy("makes the daily reports"),
    "notifications": gettext_lazy("makes the news for followers"),
    "submission-news": gettext_lazy("makes the news for who handed something in"),
}
_UNCHECKED = gettext_lazy("It is not certain that what the pages show follows from what was recorded.")
_NO_MAIL = gettext_lazy("Advisers, coordinators and associations get no mail about what is due.")
JOB_CONSEQUENCES: Mapping[str, Any] = {
    "flag-due": gettext_lazy("What became overdue since then is not in the news, the reports and the figures yet."),
    "reassess-changed": _UNCHECKED,
    "reassess-all": _UNCHECKED,
    "reassess-full": _UNCHECKED,
    "expire": gettext_lazy("E-mail addresses that should be gone are kept longer than we promise."),
    "reminders": gettext_lazy("Whoever has to do something soon is not reminded."),
    "weekly-reports": _NO_MAIL,
    "daily-reports": _NO_MAIL,
    "notifications": gettext_lazy("Residents who follow a trajectory or neighbourhood get no news."),
    "submission-news": gettext_lazy("Residents who handed something in may not hear that there is an answer."),
}
#: The operations manual: a file of the source code, and of the installation.
MANUAL_PATH = "docs/operations.md"


class AlarmText(NamedTuple):
    """A problem in words: what is wrong, the consequence, and the first thing to do, with a URL."""

    heading: str
    consequence: str
    first_step: str
    url: str = ""


def alarm_text(problem: HealthProblem) -> AlarmText:
    """Return this problem in words, in the active language."""
    renderer = {
        "never": _never_run_text,
        "standstill": _standstill_text,
        "late": _late_text,
        "mail": _waiting_mail_text,
        "failed": _failed_text,
        "differences": _differences_text,
        "doubtful": _doubtful_text,
        "webhook": _webhook_text,
        "disk": _disk_text,
        "unwritable": _unwritable_text,
    }[problem.code]
    return renderer(problem)


_STORAGE_LABELS: Mapping[str, Any] = {
    "database": gettext_lazy("the database"),
    "media": gettext_lazy("uploaded files"),
    "queue": gettext_lazy("the queue of jobs"),
}


def _disk_text(problem: HealthProblem) -> AlarmText:
    return AlarmText(
        _("The disk is nearly full: %(n)s MB left for %(place)s")
        % {"n": problem.number, "place": _STORAGE_LABELS[problem.job]},
        _("When it is full, nobody can save anything or log in."),
        _("Free disk space on the server, or give it a larger disk. See what uses it: `df -h`."),
    )


def _unwritable_text(problem: HealthProblem) -> AlarmText:
    return AlarmText(
        _("Nothing can be written: %(place)s") % {"place": _STORAGE_LABELS[problem.job]},
        _("People can read, but not save anything. They get a page that says so."),
        _("See whether the disk is full (`df -h`) or read-only, and whether the database may be written."),
    )


def format_moment(moment: datetime | None) -> str:
    """Return "20 maart 2026, 00:15", in local time; empty for None."""
    return date_format(timezone.localtime(moment), "j F Y, H:i") if moment else ""


def _never_run_text(_problem: HealthProblem) -> AlarmText:
    return AlarmText(
        _("The work of the night has never run here"),
        _("Nothing is noticed, checked or mailed yet."),
        _("Start the worker and the clock: %(start)s. The first job then runs at a quarter past twelve at night.")
        % {"start": _start_commands()},
    )


def _standstill_text(problem: HealthProblem) -> AlarmText:
    return AlarmText(
        _("The work of the night stands still since %(since)s") % {"since": format_moment(problem.since)},
        _("News, reports and figures are as of that moment, and nobody gets mail. What is recorded still shows."),
        _("See whether the worker and the clock run on the server, and start them: %(start)s.")
        % {"start": _start_commands()},
    )


def _start_commands() -> str:
    if not settings.REDIS_URL:
        return "`python manage.py run_worker`"
    return _("%(one)s and %(other)s") % {"one": "`celery -A tracker worker`", "other": "`celery -A tracker beat`"}


def _late_text(problem: HealthProblem) -> AlarmText:
    return AlarmText(
        _("The job that %(does)s (%(job)s) should have run on %(since)s, and did not finish")
        % {**_job_values(problem.job), "since": format_moment(problem.since)},
        str(JOB_CONSEQUENCES.get(problem.job, "")),
        _("Run it by hand: `python manage.py jobs run %(job)s`. It prints what goes wrong.") % {"job": problem.job},
        job_runs_url(f"?kind={problem.job}"),
    )


def _waiting_mail_text(problem: HealthProblem) -> AlarmText:
    count = {"n": problem.number, "since": format_moment(problem.since)}
    return AlarmText(
        ngettext(
            "Mail does not leave: %(n)s message waits, since %(since)s",
            "Mail does not leave: %(n)s messages wait, the oldest since %(since)s",
            problem.number,
        )
        % count,
        _("Reports, reminders and news come late. None of them is lost."),
        _("See whether the mail server in EMAIL_URL answers, and whether the worker runs. Then all of it goes."),
        emails_url("?state=waiting"),
    )


def _failed_text(problem: HealthProblem) -> AlarmText:
    count = {**_job_values(problem.job), "n": problem.number, "since": format_moment(problem.since)}
    return AlarmText(
        ngettext(
            "The job that %(does)s (%(job)s) could not do %(n)s thing, on %(since)s",
            "The job that %(does)s (%(job)s) could not do %(n)s things, on %(since)s",
            problem.number,
        )
        % count,
        _("All the others were done. What went wrong stays as it was, and is tried again by the next run."),
        _("Read in the receipt what went wrong, and with what."),
        job_run_url(problem.run),
    )


def _differences_text(problem: HealthProblem) -> AlarmText:
    count = {"n": problem.number, "since": format_moment(problem.since)}
    return AlarmText(
        ngettext(
            "The check of %(since)s found %(n)s obligation that was not what the facts say",
            "The check of %(since)s found %(n)s obligations that were not what the facts say",
            problem.number,
        )
        % count,
        _("Until then pages and reports may have shown them wrongly. The check has put them right."),
        _("Read in the receipt which ones, and why. Tell whoever maintains Leidraad: this should not happen."),
        job_run_url(problem.run),
    )


def _doubtful_text(problem: HealthProblem) -> AlarmText:
    count = {"n": problem.number, "since": format_moment(problem.since)}
    return AlarmText(
        ngettext(
            "Of %(n)s mail nobody knows whether it arrived (%(since)s)",
            "Of %(n)s mails nobody knows whether they arrived (the last on %(since)s)",
            problem.number,
        )
        % count,
        _("The connection was lost at the last moment. It is not sent again by itself: nobody gets a mail twice."),
        _("Look at it in the administration, and send again what matters."),
        emails_url("?state=doubtful"),
    )


def _webhook_text(problem: HealthProblem) -> AlarmText:
    return AlarmText(
        _("The webhook “%(name)s” was switched off by itself, on %(since)s")
        % {"name": problem.name, "since": format_moment(problem.since)},
        _("Its receiver has accepted nothing for a long time, or wants no more. What was not sent yet is kept."),
        _("Read there why, and tell whoever looks after the receiver. Then switch it on again, or off for good."),
        f"{settings.BASE_URL}/admin/participation/webhook/{problem.job}/change/",
    )


def _job_values(job: str) -> dict[str, Any]:
    return {"does": JOB_DESCRIPTIONS.get(job, job), "job": job}


def job_runs_url(query: str = "") -> str:
    """Return the URL of the list of job runs in the admin."""
    return f"{settings.BASE_URL}/admin/participation/jobrun/{query}"


def job_run_url(run: int) -> str:
    """Return the URL of one job run in the admin."""
    return job_runs_url(f"{run}/change/")


def emails_url(query: str = "") -> str:
    """Return the URL of the list of outbound mail in the admin."""
    return f"{settings.BASE_URL}/admin/participation/outboundemail/{query}"


def job_state(job: JobHealth) -> str:
    """Return the state of this job in a word or two, in the active language."""
    if job.running_since:
        return _("busy")
    if job.late:
        return _("late")
    if job.run is None:
        return _("has not run yet")
    if job.failures:
        return ngettext("%(n)s went wrong", "%(n)s went wrong", job.failures) % {"n": job.failures}
    if job.differences:
        return ngettext("%(n)s difference", "%(n)s differences", job.differences) % {"n": job.differences}
    return _("in order")


def difference_text(line: Mapping[str, Any]) -> str:
    """Return a difference that a reassessment found, with its cause, in the active language."""
    owner = " ".join(str(line[name]) for name in ("of", "name", "rule", "subject") if line.get(name))
    description = {"added": _("was missing"), "withdrawn": _("was there, and is not due")}.get(line.get("what", ""), "")
    if not description:
        before, after = line.get("before") or {}, line.get("after") or {}
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        changes = [f"{name} {before.get(name, '–')} → {after.get(name, '–')}" for name in changed]
        description = _("was stored otherwise (%(changes)s)") % {"changes": ", ".join(changes) or "details"}
    return f"{owner}: {description}. {cause_text(line)}"


def cause_text(line: Mapping[str, Any]) -> str:
    """Return why the stored obligation differed, in the active language."""
    cause = line.get("cause", "")
    if cause == "facts":
        changed_at = parse_datetime(line.get("at", ""))
        return _("Cause: a change of %(at)s (%(table)s) was stored without being judged.") % {
            "at": format_moment(changed_at),
            "table": line.get("table", ""),
        }
    if cause == "code":
        return _("Cause: the code was renewed, from %(before)s to %(after)s.") % {
            "before": line.get("code_before", ""),
            "after": line.get("code_after", ""),
        }
    return _("Cause: what was stored was changed, though nothing that it follows from was.")


class Addressee(NamedTuple):
    """A recipient of alarms: its name in mail keys, its address and language, and its user, if any."""

    who: str
    address: str
    language: str
    user: int | None = None


def alarm_mail(key: str, problem: HealthProblem, to: Addressee, now: datetime) -> EmailMultiAlternatives:
    """Return the alarm mail about this problem."""
    with translation.override(to.language):
        text = alarm_text(problem)
        is_ongoing = problem.code in ("standstill", "late", "failed", "mail", "disk", "unwritable")
        next_mail_text = (
            _("The next mail about this comes when it is over.")
            if is_ongoing
            else _("There comes no other mail about this one.")
        )
        return _build_mail(key, text.heading, list(_body(text)), text.url, next_mail_text, to, now)


def resolved_mail(key: str, code: str, job: str, to: Addressee, now: datetime) -> EmailMultiAlternatives:
    """Return the mail about the end of this problem."""
    with translation.override(to.language):
        heading = {
            "standstill": _("The work of the night runs again"),
            "mail": _("Mail leaves again"),
            "late": _("The job that %(does)s (%(job)s) has run again") % _job_values(job),
            "failed": _("The job that %(does)s (%(job)s) could do everything again") % _job_values(job),
            "disk": _("There is free space on the disk again: %(place)s") % {"place": _STORAGE_LABELS.get(job, job)},
            "unwritable": _("Saving works again: %(place)s") % {"place": _STORAGE_LABELS.get(job, job)},
        }[code]
        body = [(_("Since"), format_moment(now)), ("", _("You do not have to do anything."))]
        next_mail_text = _("The next mail comes when something is wrong again.")
        return _build_mail(
            key,
            heading,
            body,
            "" if job in _STORAGE_LABELS else job_runs_url(f"?kind={job}" if job else ""),
            next_mail_text,
            to,
            now,
        )


def _body(text: AlarmText) -> Iterator[tuple[str, str]]:
    yield _("What it means"), text.consequence
    yield _("What to do first"), text.first_step
    yield (
        _("Read on"),
        _("%(file)s, under “What to watch”. How all is now: `python manage.py check_jobs`.") % {"file": MANUAL_PATH},
    )


def _build_mail(
    key: str, heading: str, body: list[tuple[str, str]], url: str, next_mail_text: str, to: Addressee, now: datetime
) -> EmailMultiAlternatives:
    reason = (
        _("You get this mail because you are an administrator of Leidraad.")
        if to.user
        else _("You get this mail because this address stands in the setting ALARM_EMAIL of Leidraad.")
    )
    context = {
        "language": to.language,
        "name": _("Leidraad, for who looks after it"),
        "subject": heading,
        "heading": heading,
        "underline": "=" * len(heading),
        "body": body,
        "url": url,
        "footer": [reason, next_mail_text],
    }
    mail = EmailMultiAlternatives(
        subject=heading,
        body=render_to_string("alerts/alarm.txt", context).strip() + "\n",
        to=[to.address],
        headers={
            "Auto-Submitted": "auto-generated",
            "Content-Language": to.language,
            "Date": format_datetime(now),
            "Message-ID": message_id(key),
        },
    )
    mail.attach_alternative(_INLINER.inline(render_to_string("alerts/alarm.html", context)), "text/html")
    return mail
