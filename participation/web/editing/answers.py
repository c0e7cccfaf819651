"""Answers to many contributions: a form that is kept as a draft, a page that shows what will be recorded."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.models import AnswerDraft, Contribution, Step
from participation.presentation.values import truncate
from participation.selectors.answer_drafts import (
    DraftContent,
    OwnAnswer,
    PendingAnswer,
    content_of,
    draft_of,
    pending_answers,
)
from participation.selectors.changes.row_versions import ExpectedVersion, changes_since
from participation.selectors.contributions import (
    MAX_OPEN,
    OpenContribution,
    OpenContributions,
    ThemeGroup,
    associations_behind,
    open_contributions,
)
from participation.services.contributions.answer_drafts import (
    StaleDraft,
    discard_draft,
    draft_version,
    record_draft,
    save_draft,
)
from participation.services.contributions.outcomes import StaleContributions
from participation.web.shared.dates import format_date_input
from participation.web.shared.filtering import PAGE_PARAM
from participation.web.shared.formatting import code_label
from participation.web.shared.pages import add_saved_message

from .after_saving import NO_CONSEQUENCE, Consequence, consequence_of
from .answer_forms import JointAnswerForm, OwnAnswerForm, TypedJointAnswerForm
from .views import TrajectoryEditView

#: Maximum number of contributions on one page of the form.
PAGE_SIZE = 25
#: Query parameter with which the form shows what is missing.
CHECK_PARAM = "controleer"
#: Maximum number of contributions of which the page says by whom they were changed meanwhile.
_MAX_CHANGED = 10
#: Maximum number of characters of the versions of the contributions that were shown.
_MAX_VERSIONS_LENGTH = 40 * MAX_OPEN
#: What the name of the field with the reason adds to the ref of its contribution.
_ROW_FIELD = "-response"
#: A number that fits a column of the database.
_NUMBER = re.compile("[0-9]{1,18}")


class AnswerRow(NamedTuple):
    """A contribution on the form: its own answer as a form, and that answer in a few words."""

    waiting: OpenContribution
    form: OwnAnswerForm
    ticked: bool
    own: str


class ThemeSection(NamedTuple):
    """A theme on the form, with its contributions by sender; ``number`` is its place among all themes, from 1."""

    theme: ThemeGroup
    number: int
    all_ticked: bool
    senders: list[tuple[Any, list[AnswerRow]]]


class LeftOverAnswer(NamedTuple):
    """An own answer in the draft to a contribution that was answered meanwhile; None where that was deleted."""

    ref: str
    contribution: Contribution | None
    own: OwnAnswer


class AnswerSummary(NamedTuple):
    """Contributions that get the same answer."""

    outcome: str
    response: str
    rows: list[OpenContribution]


class AnswerDraftView(TrajectoryEditView):
    """Base of the form and of the page that checks it: the open contributions, and this user's draft for them."""

    anchor = "inbreng"

    @cached_property
    def open(self) -> OpenContributions:
        """The contributions without an answer."""
        context = self.request_context
        return open_contributions(self.trajectory, self.rulebook, context.today, context.language)

    @cached_property
    def draft(self) -> AnswerDraft | None:
        """The draft of this user, as stored."""
        return draft_of(self.request_context.user, self.trajectory)

    @cached_property
    def content(self) -> DraftContent:
        """The content of the draft."""
        return content_of(self.draft)

    @cached_property
    def pending(self) -> list[PendingAnswer]:
        """The answers that the draft gives, complete or not."""
        return pending_answers(self.content, [row.contribution for row in self.open.rows])

    @property
    def default_day(self) -> str:
        """Return today, as it is typed."""
        return format_date_input(ImpreciseDate.on(self.request_context.today), self.request_context.language)

    def joint_form(self, *, bound: bool = True, data: Any = None) -> JointAnswerForm:
        """Return the joint answer and the day: as in the draft, or as in ``data``; bound to validate it."""
        content = self.content
        day = content.responded_on or self.default_day
        stored = {"outcome": content.outcome, "response": content.response, "responded_on": day}
        return JointAnswerForm((data or stored) if bound else None, initial=stored, today=self.request_context.today)

    def add_problems(self, joint: JointAnswerForm) -> dict[str, OwnAnswerForm]:
        """Add what is missing to the joint answer; return the own answers with something missing, by ref."""
        joint.full_clean()
        found = {}
        if not self.pending:
            joint.add_error(
                None,
                _(
                    "Nothing is answered yet. Tick what gets the joint answer, or give a contribution an answer of its "
                    "own."
                ),
            )
        incomplete = [answer for answer in self.pending if not answer.is_complete]
        if any(answer.ticked and not answer.outcome for answer in incomplete):
            joint.add_error("outcome", _("Choose what is done with what is ticked."))
        if any(answer.ticked and not answer.response for answer in incomplete):
            joint.add_error("response", _("Say why: without a reason it is no answer."))
        for answer in incomplete:
            if not answer.ticked:
                form = self.own_form(answer.contribution, bound=True)
                form.full_clean()
                if answer.outcome:
                    form.add_error("response", _("Say why: without a reason it is no answer."))
                else:
                    form.add_error("outcome", _("Choose what is done with it."))
                found[answer.contribution.ref] = form
        if found:
            joint.add_error(None, _("Some answers are half filled in. Nothing was recorded yet."))
        day = joint.cleaned_data.get("responded_on")
        early = [answer.contribution for answer in self.pending if day and _came_in_after(answer.contribution, day)]
        if early:
            quotes = ", ".join(f"“{short_text(row)}”" for row in early[:3])
            message = _("This came in after this day: %(what)s.") % {"what": quotes}
            joint.add_error("responded_on", message)
        return found

    def own_form(self, contribution: Contribution, bound: bool = False) -> OwnAnswerForm:
        """Return the own answer to a contribution, as the draft has it."""
        own = self.content.rows.get(contribution.ref, OwnAnswer())
        data = {f"{contribution.ref}-outcome": own.outcome, f"{contribution.ref}-response": own.response}
        return OwnAnswerForm(data if bound else None, contribution=contribution, own=own)

    def form_url(self, number: int = 1, fragment: str = "", check: bool = False) -> str:
        """Return the URL of a page of the form; with ``check`` it shows what is missing."""
        query = {CHECK_PARAM: 1} if check else {}
        if number > 1:
            query[PAGE_PARAM] = number
        url = reverse("contributions_answer", args=[self.trajectory.slug])
        return url + (f"?{urlencode(query)}" if query else "") + (f"#{quote(fragment)}" if fragment else "")


def short_text(contribution: Contribution) -> str:
    """Return the beginning of what was said, else the theme or the ref."""
    return truncate(contribution.summary, 60) or contribution.theme or contribution.ref


def _came_in_after(contribution: Contribution, day: ImpreciseDate) -> bool:
    received = contribution.received_on
    return bool(received and received.earliest and day.latest and day.latest < received.earliest)


class AnswersView(AnswerDraftView):
    """The form: what is typed is kept as a draft with each button, and recorded on the next page."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view without the once-only key: saving a draft again does no harm, and records nothing."""
        return super(TrajectoryEditView, cls).as_view(**initkwargs)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Show the form, with what is missing if the URL asks for it."""
        if CHECK_PARAM not in request.GET:
            return self._render(self.joint_form(bound=False), {}, self._page_number())
        joint = self.joint_form()
        wrong = self.add_problems(joint)
        first = next((row.contribution.ref for row in self.open.rows if row.contribution.ref in wrong), "")
        number = self._page_number() if PAGE_PARAM in request.GET else self.open.page_of(first, PAGE_SIZE)
        return self._render(joint, wrong, number)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Save the draft and do what the button says; redirect, or show the form again where it cannot be saved."""
        user, data = self.request_context.user, request.POST
        if data.get("do") == "discard":
            if discard_draft(user, self.trajectory):
                messages.success(request, _("Your draft was thrown away."))
            return redirect(self.form_url())
        joint, forms, ticked = TypedJointAnswerForm(data), self._posted_forms(data), set(data.getlist("ticked"))
        valid = [form.is_valid() for form in (joint, *forms.values())]
        if not all(valid):
            self.content = self.content.with_ticks(forms, False).with_ticks(ticked & forms.keys(), True)
            return self._render(self.joint_form(data=data), forms, self._page_number())
        day = joint.cleaned_data["responded_on"]
        typed = DraftContent(
            joint.cleaned_data["outcome"],
            joint.cleaned_data["response"],
            "" if day == self.default_day else day,
            {ref: form.typed(ref in ticked) for ref, form in forms.items()},
        )
        refs = [row.contribution.ref for row in self.open.rows]
        change, url = self._button(data, refs)
        try:
            draft = save_draft(
                user,
                self.trajectory,
                typed,
                forms,
                expected_version=data.get("draft", ""),
                now=self.request_context.now,
                change=lambda content: change(content.with_ticks_only_on(refs)),
            )
        except StaleDraft as stale:
            return self._render_stale(stale, typed, forms)
        self._add_message(data.get("do", ""), typed, draft)
        return redirect(url)

    def _add_message(self, action: str, typed: DraftContent, draft: AnswerDraft | None) -> None:
        """Say what a button did whose effect is not seen at once."""
        if action == "draft" and draft is not None:
            messages.success(self.request, _("Your draft is kept. Nothing was recorded yet."))
        elif action == "apply":
            if typed.outcome and typed.response and (typed.ticked or self.content.ticked):
                messages.success(self.request, _("What was ticked has this answer now. Nothing was recorded yet."))
            else:
                messages.warning(self.request, _("Choose what is done, say why, and tick contributions first."))

    def _posted_forms(self, data: QueryDict) -> dict[str, OwnAnswerForm]:
        """Return the own answers that were on the page, by ref, also of what was answered meanwhile."""
        refs = [name.removesuffix(_ROW_FIELD) for name in data if name.endswith(_ROW_FIELD)]
        known = {row.contribution.ref: row.contribution for row in self.open.rows}
        if missing := set(refs) - known.keys():
            known |= {row.ref: row for row in self._contributions(missing)}
        return {
            ref: OwnAnswerForm(data, contribution=known[ref], own=OwnAnswer())
            for ref in refs[: 2 * PAGE_SIZE]
            if ref in known
        }

    def _contributions(self, refs: Collection[str]) -> list[Contribution]:
        return list(Contribution.objects.filter(trajectory=self.trajectory, ref__in=refs).order_by("pk"))

    def _button(self, data: QueryDict, refs: Collection[str]) -> tuple[Callable[[DraftContent], DraftContent], str]:
        """Return what the pressed button does to the draft, and the URL to go to; ``refs`` are of what is open."""
        number = self._page_number()
        action, _colon, argument = data.get("do", "").partition(":")
        if action == "all":
            return partial(_tick, refs=refs, ticked=True), self.form_url(number, "antwoord")
        if action == "none":
            return partial(_tick, refs=refs, ticked=False), self.form_url(number, "antwoord")
        if action in ("tick", "untick") and (section := self._theme(argument)):
            place, theme = section
            own = [row.contribution.ref for row in theme.rows]
            return partial(_tick, refs=own, ticked=action == "tick"), self.form_url(number, f"thema-{place}")
        if action == "theme" and (section := self._theme(argument)):
            place, theme = section
            first = next(row.contribution.ref for row in theme.rows)
            return _keep, self.form_url(self.open.page_of(first, PAGE_SIZE), f"thema-{place}")
        if action == "page":
            return _keep, self.form_url(int(argument) if _NUMBER.fullmatch(argument) else 1, "bijdragen")
        if action == "apply":
            return partial(_apply_joint_answer, refs=refs), self.form_url(number, "antwoord")
        if action == "look":
            return _keep, reverse("contributions_answer_check", args=[self.trajectory.slug])
        return _keep, self.form_url(number)

    def _theme(self, key: str) -> tuple[int, ThemeGroup] | None:
        """Return the theme with this key and its place, from 1; None where there is none."""
        return next(((place, theme) for place, theme in enumerate(self.open.themes, 1) if theme.key == key), None)

    def _page_number(self) -> int:
        paginator = Paginator(range(len(self.open.rows)), PAGE_SIZE)
        return int(paginator.get_page(self.request.GET.get(PAGE_PARAM)).number)

    def _render_stale(self, stale: StaleDraft, typed: DraftContent, forms: Mapping[str, OwnAnswerForm]) -> HttpResponse:
        """Show what was typed, with the texts that were saved in another window meanwhile."""
        rows = {**content_of(stale.draft).rows, **typed.rows}
        self.draft, self.content = stale.draft, typed._replace(rows=rows)
        summaries = {ref: short_text(form.contribution) for ref, form in forms.items()}
        texts = [(summaries.get(text.ref, ""), text.ref, text.text) for text in stale.texts]
        return self._render(self.joint_form(bound=False), {}, self._page_number(), overwritten=texts)

    def _render(
        self, joint: Any, wrong: Mapping[str, OwnAnswerForm], number: int, overwritten: Any = ()
    ) -> HttpResponse:
        sections = [self._section(theme, wrong) for theme in self.open.page(number, PAGE_SIZE)]
        rows = {row.contribution.ref: row.contribution for row in self.open.rows}
        ticked = self.content.ticked & rows.keys()
        own = sum(row.has_text for ref, row in self.content.rows.items() if ref in rows)
        context = {
            "form": joint,
            "open": self.open,
            "sections": sections,
            "page_obj": Paginator(self.open.rows, PAGE_SIZE).page(number),
            "not_read": self.open.total - len(rows),
            "draft": self.draft,
            "draft_day": self._draft_day(),
            "draft_version": draft_version(self.draft),
            "ticked": len(ticked),
            "own": own,
            "error_links": [
                (short_text(rows[ref]), self._error_url(ref, number))
                for ref in wrong
                if ref in rows and wrong[ref].errors
            ],
            "overwritten": overwritten,
            "left_over": self._left_over(rows),
        }
        return self.render("web/editing/contributions_answer.html", _("Answer contributions"), context)

    def _draft_day(self) -> str:
        """Return the day of the draft in words, with its year if that is another one."""
        if self.draft is None:
            return ""
        day, today = timezone.localdate(self.draft.saved_at), self.request_context.today
        return wording.format_day(day, self.request_context.language, with_year=day.year != today.year)

    def _error_url(self, ref: str, number: int) -> str:
        page = self.open.page_of(ref, PAGE_SIZE)
        return f"#{ref}" if page == number else self.form_url(page, ref, check=True)

    def _section(self, theme: ThemeGroup, wrong: Mapping[str, OwnAnswerForm]) -> ThemeSection:
        place, everything = next((i, t.rows) for i, t in enumerate(self.open.themes, 1) if t.key == theme.key)
        senders = [(sender, [self._row(row, wrong) for row in sender.rows]) for sender in theme.senders]
        all_ticked = all(row.contribution.ref in self.content.ticked for row in everything)
        return ThemeSection(theme, place, all_ticked, senders)

    def _row(self, waiting: OpenContribution, wrong: Mapping[str, OwnAnswerForm]) -> AnswerRow:
        row = waiting.contribution
        form = wrong.get(row.ref) or self.own_form(row)
        outcome, response = form["outcome"].value(), form["response"].value()
        parts = [str(code_label(outcome)) if outcome else "", truncate(response or "", 80)]
        return AnswerRow(waiting, form, row.ref in self.content.ticked, ": ".join(filter(None, parts)))

    def _left_over(self, rows: Collection[str]) -> list[LeftOverAnswer]:
        """Return the own answers in the draft to what is no longer open, or no longer there."""
        refs = [ref for ref, own in self.content.rows.items() if own.has_text and ref not in rows]
        known = {row.ref: row for row in self._contributions(refs)} if refs else {}
        found = [LeftOverAnswer(ref, known.get(ref), self.content.rows[ref]) for ref in refs]
        # With so many that not all are read, a contribution that was not read is no left-over.
        return [each for each in found if each.contribution is None or is_answered(each.contribution)]


def is_answered(contribution: Contribution) -> bool:
    """Return whether it has an outcome and a reason."""
    return bool(contribution.outcome and contribution.response)


def _keep(content: DraftContent) -> DraftContent:
    return content


def _tick(content: DraftContent, refs: Collection[str], ticked: bool) -> DraftContent:
    return content.with_ticks(refs, ticked)


def _apply_joint_answer(content: DraftContent, refs: Collection[str]) -> DraftContent:
    """Return the content in which what is ticked has the joint answer as its own, and the joint answer is empty.

    Unchanged where the joint answer is incomplete, or nothing is ticked.
    """
    ticked = content.ticked.intersection(refs)
    if not (content.outcome and content.response and ticked):
        return content
    applied = {}
    for ref in ticked:
        own = content.rows[ref]
        applied[ref] = OwnAnswer(False, own.outcome or content.outcome, own.response or content.response)
    return content.with_rows(applied)._replace(outcome="", response="")


class ChangedContribution(NamedTuple):
    """A contribution that was changed since it was shown: by whom (empty for an import) and when."""

    ref: str
    text: str
    answered: bool
    by: str
    at: datetime | None


class AnswersCheckView(AnswerDraftView):
    """The page that shows what will be recorded and who hears of it, and that records it."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Show the answers of the draft; redirect to the form where something is missing."""
        joint = self.joint_form()
        if self.add_problems(joint) or joint.errors:
            return redirect(self.form_url(check=True))
        return self._render(joint)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Record the answers and redirect; show the page again where they are not the ones that were shown."""
        joint = self.joint_form()
        if self.add_problems(joint) or joint.errors:
            return redirect(self.form_url(check=True))
        shown = _parse_versions(request.POST.get("shown", ""))
        now = {answer.contribution.pk for answer in self.pending}
        if request.POST.get("draft") != draft_version(self.draft) or shown.keys() != now:
            return self._render(joint, self._changes(shown, shown.keys() - now))
        try:
            changeset = record_draft(
                self.request_context.user,
                self.trajectory,
                self.content,
                self.pending,
                joint.cleaned_data["responded_on"],
                expected_versions=shown,
                **self.write_context.arguments,
            )
        except StaleContributions as stale:
            return self._render(joint, self._changes(shown, stale.keys))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.form_url())
        self.understood = joint.understood_dates()
        if self.open.total > len(self.pending):
            add_saved_message(request, changeset, self.understood)
            return redirect(self.form_url())
        return self.redirect_back(changeset, self._consequence() if changeset else NO_CONSEQUENCE)

    def _consequence(self) -> Consequence:
        """Return what is due because of the step at which most of what was answered was received."""
        steps = Counter(answer.contribution.step for answer in self.pending if answer.contribution.step)
        ref = next((ref for ref, _count in steps.most_common(1)), "")
        step = Step.objects.filter(trajectory=self.trajectory, ref=ref).first() if ref else None
        if step is None:
            return NO_CONSEQUENCE
        back = self.trajectory_url().partition("#")[0]
        return consequence_of(step, self.trajectory, self.request_context, back)

    def _changes(self, shown: Mapping[int, int], keys: Collection[int]) -> list[ChangedContribution]:
        """Return what happened to these contributions since they were shown, of the first so many."""
        found = []
        for row in Contribution.objects.filter(trajectory=self.trajectory, pk__in=keys).order_by("pk")[:_MAX_CHANGED]:
            last = next(reversed(changes_since(row, ExpectedVersion(shown.get(row.pk, 0)))), None)
            by = last.by.display_name if last and last.by else ""
            found.append(ChangedContribution(row.ref, short_text(row), is_answered(row), by, last.at if last else None))
        return found

    def _render(self, joint: JointAnswerForm, changed: list[ChangedContribution] | None = None) -> HttpResponse:
        """Return the page; ``changed`` is None unless something else was shown than what is recorded now."""
        by_ref = {row.contribution.ref: row for row in self.open.rows}
        found: dict[tuple[str, str], AnswerSummary] = {}
        for answer in self.pending:
            summary = AnswerSummary(answer.outcome, answer.response, [])
            found.setdefault((answer.outcome, answer.response), summary).rows.append(by_ref[answer.contribution.ref])
        context = {
            "changed": changed,
            "overwrites": [
                (answer, self.form_url(self.open.page_of(answer.contribution.ref, PAGE_SIZE), answer.contribution.ref))
                for answer in self.pending
                if _overwrites(answer)
            ],
            "summaries": sorted(found.values(), key=lambda summary: -len(summary.rows)),
            "total": len(self.pending),
            "joint": sum(answer.joint for answer in self.pending),
            "remaining": self.open.total - len(self.pending),
            "day": joint.cleaned_data["responded_on"],
            "associations": associations_behind(answer.contribution for answer in self.pending),
            "shown": _versions_text(by_ref[answer.contribution.ref] for answer in self.pending),
            "draft_version": draft_version(self.draft),
            "form_url": self.form_url(),
        }
        return self.render("web/editing/contributions_answer_check.html", _("Check your answers"), context)


def _overwrites(answer: PendingAnswer) -> bool:
    """Return whether a recorded outcome, or a recorded reason, becomes another one."""
    recorded = answer.contribution
    has_other_outcome = recorded.outcome not in ("", answer.outcome)
    return has_other_outcome or recorded.response.split() not in ([], answer.response.split())


def _versions_text(rows: Iterable[OpenContribution]) -> str:
    """Return the versions of these contributions as a hidden field carries them: "12:345,13:346"."""
    return ",".join(f"{row.contribution.pk}:{row.version}" for row in rows)


def _parse_versions(text: str) -> dict[int, int]:
    """Return what ``_versions_text`` wrote; nothing for any other text."""
    pairs = [pair.partition(":")[::2] for pair in text[:_MAX_VERSIONS_LENGTH].split(",")]
    if not all(_NUMBER.fullmatch(key) and _NUMBER.fullmatch(version) for key, version in pairs):
        return {}
    return {int(key): int(version) for key, version in pairs}
