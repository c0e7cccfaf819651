"""Conversion of Go Vocal surveys and votes: a contribution per open answer, and one per closed question with counts.

The municipality must respond to every open answer, but only once to the result of a closed question, not to each
respondent. An aggregated result holds no personal data.
"""

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..cells import parse_whole_number, unescape_formula
from ..html_texts import html_to_text
from ..sheets.reading import Sheet, SheetRow, heading
from .columns import PREFIX, Columns, contribution_row

#: Follow-up questions, which need the question before them for their meaning.
_FOLLOW_UPS: Final = {"type your answer", "typ je antwoord", "tell us why", "vertel ons waarom"}
#: A question counts as closed if it has at most this many distinct answers, at most this long in characters, each given
#: twice on average.
_MAX_CHOICES, _MAX_CHOICE_LENGTH = 20, 80


def convert_answers(sheet: Sheet, found: Columns) -> tuple[list[SheetRow], list[str]]:
    """Return the rows of a survey's answers, and notes on the conversion."""
    rows: list[SheetRow] = []
    open_questions, counted, skipped = [], [], []
    for index, question in _questions(found):
        answers = [(row, unescape_formula(row.cells[index])) for row in sheet.rows if row.cells[index]]
        words = [(row, text) for row, text in answers if not _is_without_words(text)]
        if not words:
            skipped += [question] if answers else []
        elif _is_closed_question([text for _row, text in words]):
            counted.append(question)
            rows.append(_result_row(sheet, question, words, found, len(rows)))
        else:
            open_questions.append(question)
            for row, text in words:
                ref = f"{PREFIX}{found.cell(row, 'id').lower()}-{_short_hash(question)}"
                day = found.day(row, "submitted", "published")
                rows.append(
                    contribution_row(
                        len(rows) + 2, ref=ref, theme=question, summary=html_to_text(text), received_on=day
                    )
                )
    return rows, [*_notes(open_questions, counted, skipped)]


def convert_votes(sheet: Sheet, found: Columns) -> tuple[list[SheetRow], list[str]]:
    """Return one row with the total votes per idea, and notes; in the sheet each row holds the votes of one person."""
    totals = Counter(
        {
            sheet.headings[index]: sum(parse_whole_number(row.cells[index]) or 0 for row in sheet.rows)
            for index in idea_columns(sheet, found)
        }
    )
    count_lines = "\n".join(f"{idea}: {number}" for idea, number in totals.most_common())
    voters = ngettext("Votes of %(n)s person:", "Votes of %(n)s persons:", len(sheet.rows)) % {"n": len(sheet.rows)}
    theme = sheet.title or _("Vote")
    row = contribution_row(
        2,
        ref=f"{PREFIX}result-{_short_hash(theme)}",
        theme=theme,
        summary=f"{voters}\n{count_lines}",
        received_on=_date_range(sheet.rows, found),
    )
    return [row], [_("Who voted for what is not taken in, only what came out.")]


def idea_columns(sheet: Sheet, found: Columns) -> list[int]:
    """Return the columns of ideas: those with a number in every row."""
    return [
        index
        for index in range(len(sheet.headings) - 1)
        if index not in found.about_persons
        and all(parse_whole_number(row.cells[index]) is not None for row in sheet.rows)
    ]


def _questions(found: Columns) -> list[tuple[int, str]]:
    questions: list[tuple[int, str]] = []
    preceding = ""
    for index in found.questions:
        text = re.sub(r"__\d+$", "", found.headings[index])
        is_follow_up = heading(text) in _FOLLOW_UPS and bool(preceding)
        preceding = preceding if is_follow_up else text
        questions.append((index, f"{preceding} – {text}" if is_follow_up else text))
    return questions


def _is_without_words(text: str) -> bool:
    """Return whether an answer consists only of URLs of files, or of a drawing on a map (GeoJSON)."""
    parts = text.split()
    words = [part for part in parts if not part.startswith(("https://", "http://"))]
    return bool(parts) and (not words or (words[0].startswith('{"type":') and words == parts[-len(words) :]))


def _is_closed_question(answers: Sequence[str]) -> bool:
    if all(re.fullmatch(r"-?\d+([.,]\d+)?", answer) for answer in answers):
        return True
    choices = [choice.strip() for answer in answers for choice in answer.split(";")]
    distinct = set(choices)
    return (
        len(distinct) <= _MAX_CHOICES
        and len(choices) >= 2 * len(distinct)
        and max(map(len, distinct)) <= _MAX_CHOICE_LENGTH
    )


def _result_row(
    sheet: Sheet, question: str, answers: Sequence[tuple[SheetRow, str]], found: Columns, preceding: int
) -> SheetRow:
    counted = Counter(choice.strip() for _row, text in answers for choice in text.split(";"))
    if all(parse_whole_number(choice) is not None for choice in counted):
        count_lines = [f"{choice}: {counted[choice]}" for choice in sorted(counted, key=int)]
    else:
        count_lines = [f"{choice}: {number}" for choice, number in counted.most_common()]
    n = len(answers)
    intro = ngettext("What came out of %(n)s answer:", "What came out of %(n)s answers:", n) % {"n": n}
    return contribution_row(
        preceding + 2,
        ref=f"{PREFIX}result-{_short_hash(sheet.title + question)}",
        theme=question,
        summary="\n".join([intro, *count_lines]),
        received_on=_date_range([row for row, _text in answers], found),
    )


def _date_range(rows: Sequence[SheetRow], found: Columns) -> str:
    """Return the range of dates of the rows, in the notation of ``dates``."""
    days = sorted({day for row in rows if (day := found.day(row, "submitted", "published"))})
    if not days:
        return ""
    first, last = (_typed_date(day) for day in (days[0], days[-1]))
    return first if first == last else f"{first} t/m {last}"


def _typed_date(day: str) -> str:
    parts = day.split("-")
    is_day = len(day) == 10 and len(parts) == 3 and all(part.isdecimal() for part in parts)
    return "-".join(str(int(part)) for part in reversed(parts)) if is_day else day


def _notes(open_questions: Sequence[str], counted: Sequence[str], skipped: Sequence[str]) -> list[str]:
    notes = []
    if open_questions:
        notes.append(
            _("Every answer in words is a contribution, with its question as the theme: %(questions)s.")
            % {"questions": _quoted(open_questions)}
        )
        notes.append(_("Answers to a survey are not public on the platform. Look whether somebody can be recognised."))
    if counted:
        notes.append(
            _("Questions that offer their answers are one contribution each, with the counts: %(questions)s.")
            % {"questions": _quoted(counted)}
        )
    if skipped:
        notes.append(_("Left out, because there are no words in it: %(questions)s.") % {"questions": _quoted(skipped)})
    return notes


def _quoted(questions: Sequence[str]) -> str:
    return ", ".join(f"“{question}”" for question in questions)


def _short_hash(text: str) -> str:
    """Return a short stable hash of a question."""
    return sha256(heading(text).encode()).hexdigest()[:10]
