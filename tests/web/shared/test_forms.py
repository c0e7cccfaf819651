"""A form shows what it asks, which error is where, and what was typed."""

import re

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

from participation.models import Step
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.forms import DateTextField, Form, ModelForm


class Evening(Form):
    title = forms.CharField(label="Naam")
    on = DateTextField(label="Dag", help_text="Kies een dag.")
    note = forms.CharField(label="Toelichting", required=False, widget=forms.Textarea(attrs={"class": "eigen"}))
    kind = forms.ChoiceField(label="Soort", choices=[("a", "Avond"), ("b", "Brief")])
    level = forms.ChoiceField(
        label="Niveau",
        choices=[("i", "Informeren"), ("r", "Raadplegen")],
        widget=forms.RadioSelect,
        help_text="Let op.",
    )
    read = forms.BooleanField(label="Gelezen")
    secret = forms.CharField(widget=forms.HiddenInput, initial="x")


class ExampleForm(ModelForm):
    class Meta:
        model = Step
        fields = ("title", "planned", "announced_on", "starts_at")


def shown(form, **context):
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return render_to_string("components/form.html", {"form": form, "submit": "Opslaan", **context}, request)


def tag(html, name, of):
    """Return the tag of this name that contains this text."""
    return next(found for found in re.findall(rf"<{name}\b[^>]*>", html) if of in found)


def test_each_field_type_uses_the_design_system():
    html = shown(Evening())

    assert "utrecht-textbox" in tag(html, "input", 'name="title"')
    assert "utrecht-textarea" in tag(html, "textarea", 'name="note"')
    assert "eigen" in tag(html, "textarea", 'name="note"')
    assert "utrecht-select" in tag(html, "select", 'name="kind"')
    assert "utrecht-checkbox" in tag(html, "input", 'name="read"')
    assert "utrecht-radio-button" in tag(html, "input", 'name="level"')


@pytest.mark.parametrize(
    ("field", "typed", "expected"),
    [
        (forms.CharField(), "", "Vul dit in."),
        (forms.CharField(max_length=3), "vier", "Dit is te lang: gebruik hoogstens 3 tekens; nu zijn het er 4."),
        (forms.CharField(min_length=3), "a", "Dit is te kort: gebruik minstens 3 tekens; nu zijn het er 1."),
        (forms.URLField(assume_scheme="https"), "de balie", "Vul een webadres in dat met https:// begint."),
        (forms.EmailField(), "piet", "Dit is geen e-mailadres. Schrijf het als naam@voorbeeld.nl."),
        (forms.IntegerField(), "veel", "Vul een heel getal in, zonder komma."),
        (forms.IntegerField(max_value=3), "4", "Dit is te veel. Vul hoogstens 3 in."),
        (forms.IntegerField(min_value=3), "2", "Dit is te weinig. Vul minstens 3 in."),
        (forms.DecimalField(decimal_places=1), "8.25", "Gebruik hoogstens 1 cijfer achter de komma."),
        (DateTextField(), "ooit", "Dit is geen datum. Vul een dag in, bijvoorbeeld 20-3-2026."),
        (forms.TimeField(), "laat", "Dit is geen tijd. Vul een tijd in, bijvoorbeeld 19:30."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "Kies iets uit de lijst. “b” staat er niet in."),
        (forms.FileField(), None, "Vul dit in."),
    ],
)
def test_errors_of_django_are_in_simple_dutch(field, typed, expected):
    with pytest.raises(forms.ValidationError) as raised:
        field.clean(typed)

    assert raised.value.messages == [expected]


def test_every_field_has_a_label_and_every_group_a_legend():
    html = shown(Evening())

    assert '<label class="utrecht-form-label" for="id_title">Naam' in html
    assert re.search(r"<legend[^>]*>Niveau", html)
    assert html.count("(niet verplicht)") == 1
    assert "Naam:" not in html
    assert not re.search(r"<(input|select|textarea)[^>]* required", html)


def test_an_exact_date_uses_the_date_input_with_an_iso_value():
    html = shown(Evening(initial={"on": "2026-03-20"}))

    assert 'type="date"' in tag(html, "input", 'name="on"')
    assert 'value="2026-03-20"' in tag(html, "input", 'name="on"')
    assert 'aria-describedby="id_on_helptext"' in tag(html, "input", 'name="on"')


def test_errors_are_summarised_with_links_and_repeated_at_their_fields():
    html = shown(Evening({"title": "", "on": "2026-03-20", "kind": "a", "secret": "x"}))

    assert html.index('role="alert"') < html.index('<input type="text"')
    for anchor in ("id_title", "id_level", "id_read"):
        assert f'href="#{anchor}"' in html
        assert f'id="{anchor}"' in html
    assert 'aria-invalid="true"' in tag(html, "input", 'name="title"')
    assert "id_title_error" in tag(html, "input", 'name="title"')
    assert 'id="id_title_error"' in html
    assert "utrecht-textbox--invalid" in tag(html, "input", 'name="title"')


def test_the_input_is_kept():
    html = shown(Evening({"title": "Avond", "note": "Neem stoelen mee", "level": "r", "kind": "b"}))

    assert 'value="Avond"' in tag(html, "input", 'name="title"')
    assert "Neem stoelen mee" in html
    assert "checked" in tag(html, "input", 'value="r"')
    assert '<option value="b" selected>' in html


def test_a_group_references_its_help_and_error_once():
    html = shown(Evening({"level": "x"}))

    described = tag(html, "fieldset", "id_level")
    assert 'aria-describedby="id_level_helptext id_level_error"' in described
    assert "aria-invalid" not in tag(html, "input", 'name="level"')


def test_a_valid_form_has_no_error_summary():
    assert "alert" not in shown(Evening())


def test_a_form_with_a_file_is_multipart():
    class WithFile(Form):
        file = forms.FileField()

    assert 'enctype="multipart/form-data"' in shown(WithFile())
    assert "enctype" not in shown(Evening())


def test_a_search_form_has_no_csrf_token():
    assert "csrfmiddlewaretoken" in shown(Evening())
    assert "csrfmiddlewaretoken" not in shown(Evening(), method="get")


def test_a_form_has_a_cancel_link():
    assert '<a class="ld-tap" href="/terug/">Annuleren</a>' in shown(Evening(), cancel="/terug/")


@pytest.mark.django_db
def test_imprecise_dates_in_formset_rows_are_parsed():
    form = ExampleForm({"planned": "medio juni 2026", "announced_on": "onbekend"})

    assert isinstance(form.fields["planned"], NaturalDateField)
    assert form.fields["planned"].widget.input_type == "text"
    assert form.fields["planned"].help_text
    assert form.fields["starts_at"].widget.input_type == "time"
    form.full_clean()
    assert form.cleaned_data["planned"].to_text().startswith("2026-06-11/2026-06-20|month_part")
    assert form.cleaned_data["announced_on"].precision == "unknown"


@pytest.mark.django_db
def test_a_stored_date_is_shown_as_it_would_be_typed():
    from tests.world import between

    html = shown(ExampleForm(instance=Step(planned=between("2026-06-11", "2026-06-20", "month_part"))))

    assert 'value="medio juni 2026"' in tag(html, "input", 'name="planned"')


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["planned", "announced_on"])
def test_an_unreadable_date_gives_a_field_error_and_is_kept(field):
    form = ExampleForm({field: "binnenkort"})

    assert "Schrijf bijvoorbeeld" in form.errors[field][0]
    assert 'value="binnenkort"' in tag(shown(form), "input", f'name="{field}"')


def test_admin_forms_keep_their_own_styles():
    from django.contrib.admin.widgets import AdminRadioSelect, AdminTextInputWidget

    class InAdmin(forms.Form):
        name = forms.CharField(widget=AdminTextInputWidget)
        kind = forms.ChoiceField(choices=[("a", "A")], widget=AdminRadioSelect)

    form = InAdmin()

    assert "vTextField" in str(form["name"])
    assert "ld-option" not in str(form["kind"])
