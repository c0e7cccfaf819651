"""The Dutch translation is complete, and compiled from its source."""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import django
import pytest
import simple_history
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

from participation.models import Trajectory

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "participation" / "locale" / "nl" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
OURS = ("participation", "templates", "tracker")
DJANGO = Path(django.__file__).parent
#: Models for the administration, partly without Dutch.
LIBRARY_SOURCES = (Path(simple_history.__file__).parent, DJANGO / "contrib/admin/templates")
DJANGO_APPS = ("conf", "contrib/admin", "contrib/auth")

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")},
    "gettext_noop": None,
    "_lazy": None,
}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z%]")
COMPILE = ".venv/bin/pybabel compile --domain=django --directory=participation/locale"


class Sentence(NamedTuple):
    """A message to translate: with a context where it has two meanings, with or without a plural."""

    context: str | None
    forms: tuple[str, ...]


def sentences_in(text: str, suffix: str) -> set[Sentence]:
    """Return the messages that a source marks for translation."""
    if suffix == ".py":
        return set(sentences_of_calls(ast.parse(text)))
    # Django turns the tags into calls, and keeps the indentation of the template.
    text = "\n".join(line.strip() for line in templatize(text).splitlines())
    found = extract("python", io.BytesIO(text.encode()), KEYWORDS)
    return {sentence(context, forms) for _line, forms, _comments, context in found}


def sentences_of_calls(tree: ast.AST) -> Iterator[Sentence]:
    """Yield the messages of all calls; before Python 3.12 Babel does not see those inside an f-string."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in KEYWORDS:
            continue
        context, forms = None, []
        for place in KEYWORDS[name] or (1,):
            number = place[0] if isinstance(place, tuple) else place
            argument = call.args[number - 1] if number <= len(call.args) else None
            # What is not written here is a message that another call marks.
            text = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(place, tuple):
                context = text
            elif isinstance(text, str):
                forms.append(text)
        if forms:
            yield sentence(context, forms)


def sentence(context: str | None, forms: str | tuple[str, ...] | list[str]) -> Sentence:
    return Sentence(context or None, (forms,) if isinstance(forms, str) else tuple(forms))


def marked_in(*folders: Path) -> set[Sentence]:
    sources = [path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".html", ".txt"}]
    assert sources
    return {found for path in sources for found in sentences_in(path.read_text(encoding="utf-8"), path.suffix)}


@cache
def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_mo(file) if path.suffix == ".mo" else read_po(file, locale="nl", abort_invalid=True)


def entries(path: Path) -> dict[Sentence, tuple[str, ...]]:
    """Return the translations of a catalogue; uncertain ones count as missing."""
    return {
        sentence(message.context, message.id): () if message.fuzzy else sentence(None, message.string or "").forms
        for message in catalogue(path)
        if message.id
    }


@cache
def marked_sentences() -> set[Sentence]:
    """Return all our own messages, and of packages those that Django has no Dutch for."""
    django_says = {
        translated
        for app in DJANGO_APPS
        for translated, dutch in entries(DJANGO / app / "locale/nl/LC_MESSAGES/django.po").items()
        if all(dutch)
    }
    return marked_in(*(ROOT / name for name in OURS)) | (marked_in(*LIBRARY_SOURCES) - django_says)


def header() -> dict[str, str]:
    text = PO.read_text(encoding="utf-8").partition('msgid ""\nmsgstr ""\n')[2]
    lines = re.findall(r'^"(.*)\\n"$', text.partition("\n\n")[0], re.MULTILINE)
    return {name: value.strip() for name, _colon, value in (line.partition(":") for line in lines)}


def test_every_visible_sentence_has_a_dutch_translation():
    dutch = entries(PO)

    assert sorted(translated for translated in marked_sentences() if not all(dutch.get(translated) or [""])) == []


def test_there_are_no_unused_translations():
    assert sorted(entries(PO).keys() - marked_sentences()) == []


@pytest.mark.parametrize(
    ("suffix", "source", "expected"),
    [
        (".py", '_("a")', Sentence(None, ("a",))),
        (".py", "x = f'{_(\"a\")}: 1'", Sentence(None, ("a",))),
        (".py", 'x = pgettext_lazy("of a motion", "a")', Sentence("of a motion", ("a",))),
        (".py", 'ngettext_lazy("one", "%d", n)', Sentence(None, ("one", "%d"))),
        (".html", '  <p>{% translate "a" %}</p>', Sentence(None, ("a",))),
        (
            ".html",
            "<p>\n    {% blocktranslate %}a {{ b }}{% endblocktranslate %}\n  </p>",
            Sentence(None, ("a %(b)s",)),
        ),
        (".txt", '{% translate "a" context "b" %}', Sentence("b", ("a",))),
    ],
)
def test_every_way_to_mark_a_translatable_sentence_is_found(suffix, source, expected):
    assert sentences_in(source, suffix) == {expected}


def test_a_translation_has_the_same_placeholders_as_its_source():
    different = [
        (translated.forms, dutch)
        for translated, dutch in entries(PO).items()
        # A singular form may omit the number: each form is compared with its own English form.
        for english, form in zip(translated.forms, dutch, strict=True)
        if Counter(PLACEHOLDER.findall(english)) != Counter(PLACEHOLDER.findall(form))
    ]
    assert different == []


def test_the_compiled_catalogue_equals_its_source():
    assert MO.is_file(), f"make it with: {COMPILE}"
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(PO))
    compiled.seek(0)
    fresh, stored = read_mo(compiled), catalogue(MO)

    def translated(catalog: Catalog) -> set[tuple[object, ...]]:
        return {
            (sentence(message.context, message.id), sentence(None, message.string or "").forms)
            for message in catalog
            if message.id
        }

    assert translated(stored) == translated(fresh), f"make it again with: {COMPILE}"
    assert (stored.charset, stored.num_plurals, stored.plural_expr) == (
        fresh.charset,
        fresh.num_plurals,
        fresh.plural_expr,
    )


def test_the_header_has_no_personal_data_and_is_reproducible():
    assert header() == {
        "Project-Id-Version": "Leidraad",
        "Report-Msgid-Bugs-To": "",
        "POT-Creation-Date": "2026-01-01 00:00+0000",
        "PO-Revision-Date": "2026-01-01 00:00+0000",
        "Last-Translator": "Leidraad contributors",
        "Language": "nl",
        "Language-Team": "Leidraad contributors",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }


def test_no_translation_of_another_package_takes_precedence():
    def shown(translated):
        # A plural is looked up as such: before Python 3.11.4 gettext does not find its singular alone.
        if len(translated.forms) == 1:
            return (
                translation.pgettext(translated.context, *translated.forms)
                if translated.context
                else translation.gettext(*translated.forms)
            )
        if translated.context:
            return translation.npgettext(translated.context, *translated.forms, 1)
        return translation.ngettext(*translated.forms, 1)

    with translation.override("nl"):
        found = {translated: shown(translated) for translated in entries(PO)}
    assert {
        translated: dutch[0] for translated, dutch in entries(PO).items() if dutch and found[translated] != dutch[0]
    } == {}


@pytest.mark.parametrize(("language", "expected"), [("nl", "participatietraject"), ("en", "trajectory")])
def test_a_label_is_translated_to_the_reader_language(language, expected):
    with translation.override(language):
        assert str(Trajectory._meta.verbose_name) == expected
