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

from ..cells import unescaped, whole_number
from ..html_texts import plain
from ..sheets.reading import Sheet, SheetRow, heading
from .columns import PREFIX, Columns, our_row

#: Follow-up questions, which need the question before them for their meaning.
_FOLLOWS: Final = {"type your answer", "typ je antwoord", "tell us why", "vertel ons waarom"}
#: A question counts as closed if it has at most this many distinct answers, at most this long in characters, each given
#: twice on average.
_MOST_CHOICES, _LONGEST_CHOICE = 20, 80


def of_answers(sheet: Sheet, found: Columns) -> tuple[list[SheetRow], list[str]]:
    """Return the rows of a survey's answers, and notes on the conversion."""
    rows: list[SheetRow] = []
    open_ones, counted, skipped = [], [], []
    for index, question in _questions(found):
        given = [(row, unescaped(row.cells[index])) for row in sheet.rows if row.cells[index]]
        words = [(row, text) for row, text in given if not _is_without_words(text)]
        if not words:
            skipped += [question] if given else []
        elif _is_offered([text for _row, text in words]):
            counted.append(question)
            rows.append(_result(sheet, question, words, found, len(rows)))
        else:
            open_ones.append(question)
            for row, text in words:
                ref = f"{PREFIX}{found.cell(row, 'id').lower()}-{_short(question)}"
                day = found.day(row, "submitted", "published")
                rows.append(our_row(len(rows) + 2, ref=ref, theme=question, summary=plain(text), received_on=day))
    return rows, [*_told(open_ones, counted, skipped)]


def of_baskets(sheet: Sheet, found: Columns) -> tuple[list[SheetRow], list[str]]:
    """Return one row with the total votes per idea, and notes; in the sheet each row holds the votes of one person."""
    totals = Counter(
        {
            sheet.headings[index]: sum(whole_number(row.cells[index]) or 0 for row in sheet.rows)
            for index in ideas_of(sheet, found)
        }
    )
    told = "\n".join(f"{idea}: {number}" for idea, number in totals.most_common())
    voters = ngettext("Votes of %(n)s person:", "Votes of %(n)s persons:", len(sheet.rows)) % {"n": len(sheet.rows)}
    theme = sheet.title or _("Vote")
    row = our_row(
        2,
        ref=f"{PREFIX}result-{_short(theme)}",
        theme=theme,
        summary=f"{voters}\n{told}",
        received_on=_days(sheet.rows, found),
    )
    return [row], [_("Who voted for what is not taken in, only what came out.")]


def ideas_of(sheet: Sheet, found: Columns) -> list[int]:
    """Return the columns of ideas: those with a number in every row."""
    return [
        index
        for index in range(len(sheet.headings) - 1)
        if index not in found.about_persons and all(whole_number(row.cells[index]) is not None for row in sheet.rows)
    ]


def _questions(found: Columns) -> list[tuple[int, str]]:
    asked: list[tuple[int, str]] = []
    above = ""
    for index in found.questions:
        text = re.sub(r"__\d+$", "", found.headings[index])
        follows = heading(text) in _FOLLOWS and bool(above)
        above = above if follows else text
        asked.append((index, f"{above} – {text}" if follows else text))
    return asked


def _is_without_words(text: str) -> bool:
    """Return whether an answer consists only of URLs of files, or of a drawing on a map (GeoJSON)."""
    parts = text.split()
    words = [part for part in parts if not part.startswith(("https://", "http://"))]
    return bool(parts) and (not words or (words[0].startswith('{"type":') and words == parts[-len(words) :]))


def _is_offered(answers: Sequence[str]) -> bool:
    if all(re.fullmatch(r"-?\d+([.,]\d+)?", answer) for answer in answers):
        return True
    choices = [choice.strip() for answer in answers for choice in answer.split(";")]
    different = set(choices)
    return (
        len(different) <= _MOST_CHOICES
        and len(choices) >= 2 * len(different)
        and max(map(len, different)) <= _LONGEST_CHOICE
    )


def _result(sheet: Sheet, question: str, given: Sequence[tuple[SheetRow, str]], found: Columns, above: int) -> SheetRow:
    counted = Counter(choice.strip() for _row, text in given for choice in text.split(";"))
    if all(whole_number(choice) is not None for choice in counted):
        told = [f"{choice}: {counted[choice]}" for choice in sorted(counted, key=int)]
    else:
        told = [f"{choice}: {number}" for choice, number in counted.most_common()]
    n = len(given)
    asked = ngettext("What came out of %(n)s answer:", "What came out of %(n)s answers:", n) % {"n": n}
    return our_row(
        above + 2,
        ref=f"{PREFIX}result-{_short(sheet.title + question)}",
        theme=question,
        summary="\n".join([asked, *told]),
        received_on=_days([row for row, _text in given], found),
    )


def _days(rows: Sequence[SheetRow], found: Columns) -> str:
    """Return the range of dates of the rows, in the notation of ``dates``."""
    days = sorted({day for row in rows if (day := found.day(row, "submitted", "published"))})
    if not days:
        return ""
    first, last = (_typed(day) for day in (days[0], days[-1]))
    return first if first == last else f"{first} t/m {last}"


def _typed(day: str) -> str:
    parts = day.split("-")
    is_day = len(day) == 10 and len(parts) == 3 and all(part.isdecimal() for part in parts)
    return "-".join(str(int(part)) for part in reversed(parts)) if is_day else day


def _told(open_ones: Sequence[str], counted: Sequence[str], skipped: Sequence[str]) -> list[str]:
    notes = []
    if open_ones:
        notes.append(
            _("Every answer in words is a contribution, with its question as the theme: %(questions)s.")
            % {"questions": _quoted(open_ones)}
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


def _short(text: str) -> str:
    """Return a short stable hash of a question."""
    return sha256(heading(text).encode()).hexdigest()[:10]
