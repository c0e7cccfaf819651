"""Calendars (iCalendar, RFC 5545) of a trajectory, neighbourhood or organisation: past and coming steps."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.times import ends_next_day
from participation.dossier.characters import clean_line, clean_text
from participation.presentation.change_messages import step_name
from participation.presentation.mail import link
from participation.selectors.followers import CalendarDay, FollowedTarget, calendar_days

from .caching import cacheable_response, get_target_or_404, request_context_of_program

ONE_DAY = timedelta(days=1)
#: Refresh interval for calendar programs.
REFRESH_INTERVAL = timedelta(hours=6)
#: Summer and winter time in the European Union (directive 2000/84/EC): on the last Sunday of a month, in
#: 1970 on this day, at an hour of the clock until then; the name of what follows, and the hours from UTC.
_CLOCK_CHANGES = (
    (TimezoneDaylight, 3, 29, 2, "CEST", 1, 2),
    (TimezoneStandard, 10, 25, 3, "CET", 2, 1),
)


@login_not_required
@require_safe
def trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return the calendar of a trajectory. Raises Http404 if it is not public."""
    return _calendar(request, get_target_or_404("trajectory", name))


@login_not_required
@require_safe
def neighbourhood(request: HttpRequest, name: str) -> HttpResponse:
    """Return the calendar of all trajectories in a neighbourhood. Raises Http404 if there is no such neighbourhood."""
    return _calendar(request, get_target_or_404("neighbourhood", name))


@login_not_required
@require_safe
def organisation(request: HttpRequest, name: str) -> HttpResponse:
    """Return the calendar of the trajectories that ask something of an organisation. Raises Http404 if not public."""
    return _calendar(request, get_target_or_404("organisation", name))


def _calendar(request: HttpRequest, target: FollowedTarget) -> HttpResponse:
    language = request_context_of_program(request).language
    content = calendar_of(target.title, calendar_days(target.trajectories), language)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{target.slug}.ics"'
    return cacheable_response(request, response, language)


def calendar_of(title: str, days: Iterable[CalendarDay], language: str) -> bytes:
    """Return the calendar with these days, in this language."""
    with translation.override(language):
        name = _("Participation: %(title)s") % {"title": _one_line(title)}
        calendar = Calendar()
        calendar.add("prodid", "-//Leidraad//Leidraad//NL")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("x-wr-timezone", settings.TIME_ZONE)
        calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT6H")
        for day in days:
            for event in _events(day, language):
                calendar.add_component(event)
    # Also without events: a calendar has at least one component (RFC 5545 section 3.6).
    calendar.subcomponents.insert(0, _time_zone())
    return calendar.to_ical()


def _time_zone() -> Timezone:
    """Return the time zone as a rule without an end; the library lists the changes of the clock up to 2038 alone."""
    zone = Timezone()
    zone.add("tzid", settings.TIME_ZONE)
    for kind, month, day, hour, name, before, after in _CLOCK_CHANGES:
        change = kind()
        change.add("dtstart", datetime(1970, month, day, hour))  # noqa: DTZ001 - a clock time
        change.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        change.add("tzname", name)
        change.add("tzoffsetfrom", timedelta(hours=before))
        change.add("tzoffsetto", timedelta(hours=after))
        zone.add_component(change)
    return zone


def _events(day: CalendarDay, language: str) -> Iterator[Event]:
    """Yield the event of the step, and one for the last day to take part."""
    name = step_name(day.kind, day.method, _one_line(day.title))
    if day.when and day.when.latest:
        yield _event(day, "stap", f"{name} – {day.trajectory}", day.when, day.when.latest, language)
    if day.closes and day.closes.latest:
        summary = _("Last day to take part: %(what)s") % {"what": f"{name} – {day.trajectory}"}
        yield _event(
            day, "sluit", summary, ImpreciseDate.on(day.closes.latest), day.closes.latest, language, closing=True
        )


def _event(
    day: CalendarDay,
    uid_prefix: str,
    summary: str,
    when: ImpreciseDate,
    last: date,
    language: str,
    closing: bool = False,
) -> Event:
    first = when.earliest or last
    event = Event()
    # Slugs and refs never change, so moving a step updates the event in every calendar.
    event.add("uid", f"{uid_prefix}-{quote(day.ref, safe='')}.{day.slug}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", (day.recorded_at or datetime.combine(first, time.min, UTC)).astimezone(UTC))
    event.add("sequence", day.version)
    event.add("summary", _one_line(summary))
    timed = not closing and first == last and when.precision != "approximate" and day.starts_at is not None
    if timed and day.starts_at is not None:
        event.add("dtstart", _local_datetime(first, day.starts_at))
        if day.ends_at is not None:
            last = first + ONE_DAY if ends_next_day(day.starts_at, day.ends_at) else first
            event.add("dtend", _local_datetime(last, day.ends_at))
    else:
        event.add("dtstart", first)
        event.add("dtend", last + ONE_DAY)
    exact = when.precision == "day" or (first == last and when.precision in ("range", "either_or"))
    event.add("status", "CANCELLED" if day.cancelled else "CONFIRMED" if exact else "TENTATIVE")
    # An uncertain day should not mark anyone as busy.
    event.add("transp", "OPAQUE" if timed else "TRANSPARENT")
    url = link("trajectory", day.slug)
    event.add("description", clean_text("\n".join([*_description_lines(day, when, exact, closing, language), url])))
    if place := ", ".join(filter(None, (day.place_name, day.place_address))) or day.place_online_url:
        event.add("location", _one_line(place))
    event.add("url", day.place_online_url or url)
    return event


def _description_lines(
    day: CalendarDay, when: ImpreciseDate, exact: bool, closing: bool, language: str
) -> Iterator[str]:
    if day.cancelled:
        yield _("This does not take place.")
    if not exact:
        yield _("This is not one exact day: %(when)s.") % {"when": wording.format_date(when, language)}
    if closing and day.closes and day.closes.precision != "day":
        yield _("This is not one exact day: %(when)s.") % {"when": wording.format_date(day.closes, language)}
    if not closing and day.closes and day.closes.latest:
        yield _("You can take part until %(day)s.") % {"day": wording.format_date(day.closes, language)}
    if day.cancelled:
        return
    if day.place_accessible is not None:
        yield (
            _("You can get in with a wheelchair.")
            if day.place_accessible
            else _("You cannot get in with a wheelchair.")
        )
    if day.sign_up_url:
        yield _("Sign up: %(url)s") % {"url": day.sign_up_url}
    if day.place_online_url:
        yield _("Take part online: %(url)s") % {"url": day.place_online_url}
    if day.description:
        yield day.description


def _one_line(text: str) -> str:
    # Texts recorded before input was cleaned may contain control characters, which iCalendar forbids.
    return " ".join(clean_line(text).split())


def _local_datetime(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(settings.TIME_ZONE))
