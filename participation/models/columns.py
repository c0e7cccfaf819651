"""The columns for names, texts, words from a vocabulary, and lists of words.

A migration sees each as Django's own column: labels, forms and checks are no business of a table.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from participation.dossier.characters import clean_line, clean_text, clean_values
from participation.dossier.names import EMPTY_PART, Names
from participation.dossier.numbers import normal_number

from .words import labelled

#: As long as an item of a list of words can be in a dossier.
_LONGEST_WORD = 300


class _Column(models.Field):
    """A column that a migration sees as the column of Django that it is made of."""

    def deconstruct(self) -> Any:
        """Return what a migration writes: Django's class, without choices and validators."""
        name, _path, args, kwargs = super().deconstruct()
        for detail in ("choices", "validators"):
            kwargs.pop(detail, None)
        made_of = next(c for c in type(self).__mro__ if c.__module__.startswith("django."))
        return name, f"django.db.models.{made_of.__name__}", args, kwargs


class CleanedColumn(_Column):
    """A column whose text is cleaned on every way in: forms, rows, bulk ways and lookups.

    XML, iCalendar and mail cannot hold every character; one of them in a title makes a whole feed unreadable.
    """

    def cleaned(self, value: Any) -> Any:
        """Return the value with its text on one line, without what those formats cannot hold."""
        return clean_line(value) if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        """Return the value, cleaned."""
        return self.cleaned(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        """Return the value to store or to look for, cleaned."""
        return self.cleaned(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the value, cleaned, and leave it on the instance: its history keeps the same."""
        value = self.cleaned(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class LineField(CleanedColumn, models.CharField):
    """A text on one line, such as a title or a name, of at most as many characters as a dossier has room for.

    The table sets no limit of its own: what was stored before there was one can still be read.
    """

    def __init__(self, *args: Any, longest: int = 300, **kwargs: Any) -> None:
        """Take at most so many characters."""
        self.longest = longest
        super().__init__(*args, **{"validators": [MaxLengthValidator(longest)], **kwargs})

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field, which cleans before it asks what was typed, and stops typing at the limit."""
        return super().formfield(**{"form_class": LineFormField, "max_length": self.longest, **kwargs})


class SlugField(_Column, models.CharField):
    """A name in addresses and dossiers: lower-case letters, digits and single hyphens."""

    default_validators = [
        RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use lower-case letters, digits and single hyphens.")),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a column of at most a hundred characters."""
        super().__init__(*args, **{"max_length": 100, **kwargs})


class NameField(_Column, models.CharField):
    """What a dossier calls something, such as a ref or a number: any text on one line."""

    default_validators = [
        RegexValidator(r"^[^\u0000-\u001f\u007f-\u009f]*\Z", _("Use letters, digits and signs, on one line.")),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a column of at most a hundred characters."""
        super().__init__(*args, **{"max_length": 100, **kwargs})


def fits_in_address(names: Names) -> Callable[[str], None]:
    """Return the validator of a column with names of this kind: the page of such a row must be reachable."""

    def validate(name: str) -> None:
        if reason := names.problem(name):
            empty = _("Leave no part between slashes empty, and write more than . or .. in it.")
            taken = _("This is part of the address of another page. Add something to it.")
            raise ValidationError(empty if reason == EMPTY_PART else taken, code="address")

    return validate


class AddressField(CleanedColumn, models.CharField):
    """The address of a page or file on the web, of at most as many characters as a dossier has room for."""

    default_validators = [URLValidator(schemes=["http", "https"]), MaxLengthValidator(1000)]

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field; what is typed without a scheme is taken to be https."""
        return super().formfield(**{"form_class": forms.URLField, "assume_scheme": "https", **kwargs})


class MotionNumberField(NameField):
    """A motion's number, stored and looked up in its one normal form."""

    def to_python(self, value: Any) -> Any:
        """Return the normal form."""
        value = super().to_python(value)
        return normal_number(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        """Return the normal form, also for a lookup."""
        value = super().get_prep_value(value)
        return normal_number(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the normal form and leave it on the instance."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class TextField(CleanedColumn, models.TextField):
    """A text of any length, empty where nothing was written: rules ask only whether it is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make an optional column."""
        super().__init__(*args, **{"blank": True, "default": "", **kwargs})

    def cleaned(self, value: Any) -> Any:
        """Return the text; one of white space alone is none, so that the database need not look into it."""
        if not isinstance(value, str):
            return value
        text = clean_text(value)
        return text if text.strip() else ""

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field, which cleans before it asks whether anything was typed."""
        return super().formfield(**{"form_class": TextFormField, **kwargs})


class WordField(_Column, models.CharField):
    """One word of a closed vocabulary, or nothing where it is not known."""

    def __init__(
        self, *args: Any, words: Iterable[str] = (), labels: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Offer these words as choices, with their labels or, where they are called otherwise here, with these."""
        self.words = tuple(words)
        if self.words:
            kwargs["choices"] = labelled(self.words, labels)
        super().__init__(*args, **{"max_length": 40, "blank": True, "default": "", **kwargs})


class ListField(CleanedColumn, models.JSONField):
    """A list: of words where ``keys`` is empty, else of objects with at most those keys."""

    def __init__(self, *args: Any, keys: Iterable[str] = (), **kwargs: Any) -> None:
        """Make an optional column, an empty list unless filled."""
        self.keys = tuple(keys)
        super().__init__(*args, **{"default": list, "blank": True, **kwargs})

    def cleaned(self, value: Any) -> Any:
        """Return the list with its words on one line, or its texts cleaned."""
        return clean_values(value, clean_text if self.keys else clean_line)

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field: one word a line, or JSON where it is a list of objects."""
        if self.keys:
            return super().formfield(**{"form_class": _json_field(list), **kwargs})
        return super(models.JSONField, self).formfield(**{"form_class": WordsFormField, **kwargs})

    def validate(self, value: Any, model_instance: Any) -> None:
        """Raise ValidationError, naming the allowed form, on anything but such a list."""
        super().validate(value, model_instance)
        fits = self._is_object if self.keys else _is_word
        if not isinstance(value, list) or not all(fits(item) for item in value):
            if self.keys:
                message = _("This must be a list of objects with only the keys %(keys)s, each a text.")
                raise ValidationError(message, code="invalid", params={"keys": ", ".join(self.keys)})
            raise ValidationError(_("This must be a list of words."), code="invalid")
        if not self.keys and len(set(value)) != len(value):
            raise ValidationError(_("A word stands twice in this list."), code="invalid")

    def _is_object(self, item: Any) -> bool:
        return isinstance(item, dict) and bool(item) and _are_texts(item, self.keys)


class TextsField(CleanedColumn, models.JSONField):
    """A few named texts: an object with at most these keys."""

    def __init__(self, *args: Any, keys: Iterable[str] = (), **kwargs: Any) -> None:
        """Make an optional column, an empty object unless filled."""
        self.keys = tuple(keys)
        super().__init__(*args, **{"default": dict, "blank": True, **kwargs})

    def cleaned(self, value: Any) -> Any:
        """Return the object with its texts cleaned."""
        return clean_values(value)

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field, which takes JSON."""
        return super().formfield(**{"form_class": _json_field(dict), **kwargs})

    def validate(self, value: Any, model_instance: Any) -> None:
        """Raise ValidationError, naming the allowed keys, on anything but such an object."""
        super().validate(value, model_instance)
        if not isinstance(value, dict) or not _are_texts(value, self.keys):
            message = _("This must be an object with only the keys %(keys)s, each a text.")
            raise ValidationError(message, code="invalid", params={"keys": ", ".join(self.keys)})


class TextFormField(forms.CharField):
    """A text, without characters that no output can hold; its line breaks as they are stored."""

    def to_python(self, value: Any) -> Any:
        """Return the text."""
        return super().to_python(clean_text(value) if isinstance(value, str) else value)


class LineFormField(forms.CharField):
    """A text on one line, without characters that no output can hold."""

    def to_python(self, value: Any) -> Any:
        """Return the text."""
        return super().to_python(clean_line(value) if isinstance(value, str) else value)


class WordsFormField(forms.CharField):
    """A list of words, as people type it: one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> Any:
        """Return the words, without doubles and in the order in which they were typed."""
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def prepare_value(self, value: Any) -> Any:
        """Return the text that would be typed for this list."""
        return "\n".join(value) if isinstance(value, list) else value


def _json_field(empty: type) -> type[forms.JSONField]:
    class JsonFormField(forms.JSONField):
        """JSON; where nothing is typed an empty list or object, never null."""

        def to_python(self, value: Any) -> Any:
            """Return what was typed. Raises ValidationError where it is no JSON."""
            return super().to_python(value) or empty()

    return JsonFormField


def _is_word(item: Any) -> bool:
    return isinstance(item, str) and bool(item.strip()) and len(item) <= _LONGEST_WORD


def _are_texts(item: dict[str, Any], keys: tuple[str, ...]) -> bool:
    return all(key in keys and (text is None or isinstance(text, str)) for key, text in item.items())
