"""Model fields for names, texts, vocabulary values and lists.

Migrations see the built-in Django field of each: changing labels, forms or validators needs no migration.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator, RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from participation.compliance.dossier_parser import parse_imprecise_date
from participation.dossier.characters import clean_line, clean_text, clean_values
from participation.dossier.geometry import GeometryError, check_geometry, clean_geometry
from participation.dossier.motion_number import normalize_number
from participation.dossier.names import EMPTY_PART, Names
from participation.dossier.schema_fields import (
    MAX_COUNT,
    MAX_EMAIL_LENGTH,
    MAX_ITEMS,
    MAX_PHONE_LENGTH,
    MAX_URL_LENGTH,
    is_item_id,
    is_phone,
)

from .labels import labelled_choices

#: Maximum length of an item in a list of words, as in the dossier format.
_MAX_WORD_LENGTH = 300


class _Column(models.Field):
    """A field that migrations see as the Django field that it extends."""

    def deconstruct(self) -> Any:
        """Return the arguments for migrations: Django's class, without choices and validators."""
        name, _path, args, kwargs = super().deconstruct()
        for omitted in ("choices", "validators"):
            kwargs.pop(omitted, None)
        django_field = next(c for c in type(self).__mro__ if c.__module__.startswith("django."))
        return name, f"django.db.models.{django_field.__name__}", args, kwargs


class CleanedColumn(_Column):
    """A field that cleans its text everywhere: forms, saves, bulk operations and lookups.

    XML, iCalendar and mail do not allow every character; one in a title makes a whole feed invalid.
    """

    def clean_value(self, value: Any) -> Any:
        """Return the value on one line, without characters that those formats do not allow."""
        return clean_line(value) if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        """Return the value, cleaned."""
        return self.clean_value(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        """Return the value for storing or lookups, cleaned."""
        return self.clean_value(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the value, cleaned, and set it on the instance, so that its history has the same."""
        value = self.clean_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class LineField(CleanedColumn, models.CharField):
    """A text on one line, such as a title or a name, with the maximum length of the dossier format.

    The column has no limit: rows stored before the limit was introduced stay valid.
    """

    def __init__(self, *args: Any, max_characters: int = 300, **kwargs: Any) -> None:
        """Store the maximum length and validate it."""
        self.max_characters = max_characters
        super().__init__(*args, **{"validators": [MaxLengthValidator(max_characters)], **kwargs})

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field, which cleans before validating and sets ``maxlength``."""
        return super().formfield(**{"form_class": LineFormField, "max_length": self.max_characters, **kwargs})


class SlugField(_Column, models.CharField):
    """A slug for URLs and dossiers: lower-case letters, digits and single hyphens."""

    default_validators = [
        RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use lower-case letters, digits and single hyphens.")),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set a maximum length of 100."""
        super().__init__(*args, **{"max_length": 100, **kwargs})


class NameField(_Column, models.CharField):
    """An identifier in a dossier, such as a ref or a number: any text on one line."""

    default_validators = [
        RegexValidator(r"^[^\u0000-\u001f\u007f-\u009f]*\Z", _("Use one line, without control characters.")),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set a maximum length of 100."""
        super().__init__(*args, **{"max_length": 100, **kwargs})


def url_path_validator(names: Names) -> Callable[[str], None]:
    """Return a validator that the name can be used in a URL, so that the page of the row is reachable."""

    def validate(name: str) -> None:
        if reason := names.problem(name):
            empty = _("Leave no part between slashes empty, and write more than . or .. in it.")
            taken = _("This is part of the address of another page. Add something to it.")
            raise ValidationError(empty if reason == EMPTY_PART else taken, code="address")

    return validate


class AddressField(CleanedColumn, models.CharField):
    """An address or a number with which something is reached: without a part of it, nothing is left of use."""


class HttpUrlField(AddressField):
    """An http(s) URL, with the maximum length of the dossier format."""

    default_validators = [URLValidator(schemes=["http", "https"]), MaxLengthValidator(MAX_URL_LENGTH)]

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field, which assumes https when no scheme is given."""
        return super().formfield(**{"form_class": forms.URLField, "assume_scheme": "https", **kwargs})


class PublicEmailField(AddressField):
    """An e-mail address that everyone may read, such as that of a function.

    No ``EmailField``: those hold addresses of persons, which no page or history shows.
    """

    default_validators = [EmailValidator(), MaxLengthValidator(MAX_EMAIL_LENGTH)]

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field for an e-mail address."""
        return super().formfield(**{"form_class": forms.EmailField, **kwargs})


def _validate_phone(number: str) -> None:
    if not is_phone(number):
        raise ValidationError(_("Use digits, spaces, and + ( ) - only."), code="invalid")


class PhoneField(AddressField):
    """A telephone number, as people write it."""

    default_validators = [_validate_phone, MaxLengthValidator(MAX_PHONE_LENGTH)]


class MotionNumberField(NameField):
    """A motion number, normalized for storing and lookups."""

    def to_python(self, value: Any) -> Any:
        """Return the normal form."""
        value = super().to_python(value)
        return normalize_number(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        """Return the normal form, also for a lookup."""
        value = super().get_prep_value(value)
        return normalize_number(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the normal form and set it on the instance."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class TextField(CleanedColumn, models.TextField):
    """A text of any length; blank text is stored as "", because rules test only its presence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the defaults of an optional field."""
        super().__init__(*args, **{"blank": True, "default": "", **kwargs})

    def clean_value(self, value: Any) -> Any:
        """Return the cleaned text; white space alone becomes "", so that queries can compare with ""."""
        if not isinstance(value, str):
            return value
        text = clean_text(value)
        return text if text.strip() else ""

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field, which cleans before checking for empty input."""
        return super().formfield(**{"form_class": TextFormField, **kwargs})


class WordField(_Column, models.CharField):
    """A value of a closed vocabulary, or "" when unknown."""

    def __init__(
        self, *args: Any, words: Iterable[str] = (), labels: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Set the words as choices; ``labels`` overrides their default labels."""
        self.words = tuple(words)
        if self.words:
            kwargs["choices"] = labelled_choices(self.words, labels)
        super().__init__(*args, **{"max_length": 40, "blank": True, "default": "", **kwargs})


def validate_item_id(word: str) -> None:
    """Raise ValidationError when this cannot be an id in a rulebook."""
    if not is_item_id(word):
        raise ValidationError(_("Use lower-case letters, digits and underscores."), code="invalid")


def is_text(value: Any) -> bool:
    """Return whether this is a text."""
    return isinstance(value, str)


def is_count(value: Any) -> bool:
    """Return whether this is a whole number from nought, within the bounds of the dossier format."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT


def is_http_url(value: Any) -> bool:
    """Return whether this is an http(s) URL."""
    try:
        for validate in HttpUrlField.default_validators:
            validate(value)
    except (ValidationError, TypeError):
        return False
    return True


def is_date(value: Any) -> bool:
    """Return whether this is a day, or an imprecise date, as a dossier writes it."""
    try:
        return parse_imprecise_date(value) is not None
    except (ValueError, TypeError, AttributeError):
        return False


class ListField(CleanedColumn, models.JSONField):
    """A list of words when ``keys`` is empty, else of objects with only those keys.

    The values of an object are texts, or what the function for its key in ``values`` accepts; null means unknown.
    """

    def __init__(
        self,
        *args: Any,
        keys: Iterable[str] = (),
        values: Mapping[str, Callable[[Any], bool]] = MappingProxyType({}),
        **kwargs: Any,
    ) -> None:
        """Set the defaults of an optional field; the default is an empty list."""
        self.checks = {key: values.get(key, is_text) for key in keys}
        super().__init__(*args, **{"default": list, "blank": True, **kwargs})

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the objects in the list; none for a list of words."""
        return tuple(self.checks)

    def clean_value(self, value: Any) -> Any:
        """Return the list with its words, or the texts of its objects, cleaned."""
        return clean_values(value, clean_text if self.checks else clean_line)

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field: one word per line, or JSON for a list of objects."""
        if self.checks:
            return super().formfield(**{"form_class": _json_field(list), **kwargs})
        return super(models.JSONField, self).formfield(**{"form_class": WordsFormField, **kwargs})

    def validate(self, value: Any, model_instance: Any) -> None:
        """Raise ValidationError when the value is not such a list, or has duplicate words."""
        super().validate(value, model_instance)
        is_valid_item = self._is_object if self.checks else _is_word
        if not isinstance(value, list) or not all(is_valid_item(item) for item in value):
            if self.checks:
                message = _("This must be a list of objects with only the keys %(keys)s, each with a fitting value.")
                raise ValidationError(message, code="invalid", params={"keys": ", ".join(self.checks)})
            raise ValidationError(_("This must be a list of values."), code="invalid")
        if not self.checks and len(set(value)) != len(value):
            raise ValidationError(_("Duplicate value in the list. Remove one."), code="invalid")

    def without_invalid(self, items: list[Any]) -> list[Any]:
        """Return a list of objects with null for values that do not fit their key."""
        return [
            {key: value if value is None or self.checks[key](value) else None for key, value in item.items()}
            for item in items
        ]

    def _is_object(self, item: Any) -> bool:
        return (
            isinstance(item, dict)
            and bool(item)
            and all(key in self.checks and (value is None or self.checks[key](value)) for key, value in item.items())
        )


class TextsField(CleanedColumn, models.JSONField):
    """An object of named texts, with only these keys."""

    def __init__(self, *args: Any, keys: Iterable[str] = (), **kwargs: Any) -> None:
        """Set the defaults of an optional field; the default is an empty object."""
        self.keys = tuple(keys)
        super().__init__(*args, **{"default": dict, "blank": True, **kwargs})

    def clean_value(self, value: Any) -> Any:
        """Return the object with its texts cleaned."""
        return clean_values(value)

    def formfield(self, **kwargs: Any) -> Any:
        """Return a form field for JSON."""
        return super().formfield(**{"form_class": _json_field(dict), **kwargs})

    def validate(self, value: Any, model_instance: Any) -> None:
        """Raise ValidationError, naming the allowed keys, when the value is not such an object."""
        super().validate(value, model_instance)
        if not self._are_texts(value):
            raise self._invalid_error()

    def _are_texts(self, value: Any) -> bool:
        return isinstance(value, dict) and all(
            self._is_key(key) and (text is None or is_text(text)) for key, text in value.items()
        )

    def _is_key(self, key: str) -> bool:
        return key in self.keys

    def _invalid_error(self) -> ValidationError:
        message = _("This must be an object with only the keys %(keys)s, each a text.")
        return ValidationError(message, code="invalid", params={"keys": ", ".join(self.keys)})


class ItemsField(TextsField):
    """An object of texts by the id of an item that a rulebook asks for; which ids there are is up to the rulebook."""

    def _are_texts(self, value: Any) -> bool:
        return super()._are_texts(value) and len(value) <= MAX_ITEMS

    def _is_key(self, key: str) -> bool:
        return is_item_id(key)

    def _invalid_error(self) -> ValidationError:
        message = _("This must be an object of at most %(number)s texts, each under the id of an item of the rulebook.")
        return ValidationError(message, code="invalid", params={"number": MAX_ITEMS})


class GeometryField(CleanedColumn, models.JSONField):
    """A point or area as a geometry of GeoJSON in degrees; None where it is not known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the defaults of an optional field."""
        super().__init__(*args, **{"null": True, "blank": True, "default": None, **kwargs})

    def clean_value(self, value: Any) -> Any:
        """Return the geometry with rounded positions, without heights; None for an empty value."""
        return clean_geometry(value) or None

    def validate(self, value: Any, model_instance: Any) -> None:
        """Raise ValidationError where this is no point or area in the Netherlands."""
        super().validate(value, model_instance)
        try:
            check_geometry(value)
        except GeometryError as error:
            message = _("This is no point or area in the Netherlands, in GeoJSON: %(reason)s.")
            raise ValidationError(message, code="invalid", params={"reason": error.reason}) from error


class TextFormField(forms.CharField):
    """A form field for a text, cleaned."""

    def to_python(self, value: Any) -> Any:
        """Return the text."""
        return super().to_python(clean_text(value) if isinstance(value, str) else value)


class LineFormField(forms.CharField):
    """A form field for a text on one line, cleaned."""

    def to_python(self, value: Any) -> Any:
        """Return the text."""
        return super().to_python(clean_line(value) if isinstance(value, str) else value)


class WordsFormField(forms.CharField):
    """A form field for a list of words, one per line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> Any:
        """Return the words in order, without duplicates."""
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def prepare_value(self, value: Any) -> Any:
        """Return the list as text, one word per line."""
        return "\n".join(value) if isinstance(value, list) else value


def _json_field(empty: type) -> type[forms.JSONField]:
    class JsonFormField(forms.JSONField):
        """A form field for JSON; empty input becomes an empty list or object, never null."""

        def to_python(self, value: Any) -> Any:
            """Return the parsed JSON. Raises ValidationError when it is not JSON."""
            return super().to_python(value) or empty()

    return JsonFormField


def _is_word(item: Any) -> bool:
    return isinstance(item, str) and bool(item.strip()) and len(item) <= _MAX_WORD_LENGTH
