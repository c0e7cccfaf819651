"""Fields for what a municipality's own rulebook asks of a plan or a final report."""

from collections.abc import Mapping

from django import forms
from django.utils.text import capfirst

from participation.compliance.rules import Item
from participation.compliance.wording import text_in_language
from participation.models.columns import TextFormField

#: The names of these fields begin with this; the id of the item follows.
ITEM_PREFIX = "item_"


def item_fields(items: Mapping[str, Item], language: str) -> dict[str, forms.Field]:
    """Return a text field for each item, by name, in the words of the rulebook."""
    return {
        f"{ITEM_PREFIX}{item_id}": TextFormField(
            label=capfirst(text_in_language(item.name, language)),
            help_text=text_in_language(item.help, language) if item.help else "",
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        for item_id, item in items.items()
    }
