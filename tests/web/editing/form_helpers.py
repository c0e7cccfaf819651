"""Helpers to parse a form as a browser does, and to submit it with changes."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlencode

from django.http import QueryDict
from django.test import RequestFactory

from participation.models import Trajectory, User
from participation.web.shared.request_context import request_context_of
from tests import world


class FormPage(HTMLParser):
    """A page with a form: the values and the errors of its fields. The form is the one with the field ``marker``."""

    def __init__(self, response, marker="shown"):
        super().__init__()
        assert response.status_code == 200, response.status_code
        self.response, self.html = response, response.content.decode()
        self.address = response.request["PATH_INFO"] + "?" + response.request["QUERY_STRING"]
        self.fields, self.tags, self.wrong = {}, {}, {}
        self._select, self._textarea, self._error = None, None, None
        main = self.html.partition("<main")[2].partition("</main>")[0]
        start = main.rfind("<form", 0, main.find(f'name="{marker}"') + 1 or len(main))
        self.form = main[start:].partition("</form>")[0]
        self.feed(self.form)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        if name:
            self.tags.setdefault(name, attrs)
        if tag == "input" and name:
            if attrs.get("type") in ("checkbox", "radio"):
                self.fields.setdefault(name, [])
                if "checked" in attrs:
                    self.fields[name].append(attrs.get("value", "on"))
            elif attrs.get("type") != "file":
                self.fields[name] = attrs.get("value", "")
        elif tag == "select":
            self._select = name
            self.fields[name] = ""
        elif tag == "option" and self._select and "selected" in attrs:
            self.fields[self._select] = attrs.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self.fields[name] = ""
        elif tag == "div" and attrs.get("id", "").endswith("_error"):
            self._error = attrs["id"].removeprefix("id_").removesuffix("_error")
            self.wrong[self._error] = ""

    def handle_data(self, data):
        if self._textarea:
            self.fields[self._textarea] += data
        elif self._error is not None:
            self.wrong[self._error] = (self.wrong[self._error] + data).strip()

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            # A browser ignores the first line break in a textarea.
            self.fields[self._textarea] = self.fields[self._textarea].removeprefix("\n")
            self._textarea = None
        elif tag == "div":
            self._error = None

    def __getitem__(self, name):
        return self.fields[name]

    def tag(self, name):
        return self.tags[name]

    def send(self, client, **changes):
        """Submit the form with these changes, and return the response."""
        data = {name: value for name, value in {**self.fields, **changes}.items() if value not in (None, [])}
        data.pop("csrfmiddlewaretoken", None)
        return client.post(self.address, data)


def get_form(client, address, **query):
    """Request a page, and return its form."""
    separator = "&" if "?" in address else "?"
    return FormPage(client.get(f"{address}{separator}{urlencode(query, doseq=True)}"))


def log_in_as_adviser_of(client, *trajectories, name="adviser"):
    """Log in a new adviser of these trajectories, and return the user."""
    adviser = world.user("adviser", name=name)
    adviser.trajectories.set(trajectories)
    client.force_login(adviser)
    return adviser


def request_context(user=None):
    """Return the context of a request by this user, under the rulebook of the settings."""
    request = RequestFactory().get("/")
    request.user = user or world.user("adviser", name=f"adviser-{User.objects.count()}")
    return request_context_of(request)


def bound_form(form_class, row, data, **more):
    """Return a form of this row with the submitted data, without the client: nothing is saved."""
    trajectory = row if isinstance(row, Trajectory) else row.trajectory
    submitted = QueryDict(mutable=True)
    for name, value in data.items():
        if isinstance(value, list):
            submitted.setlist(name, value)
        else:
            submitted[name] = value
    return form_class(submitted, row=row, trajectory=trajectory, request_context=request_context(), **more)


def table(name, *rows):
    """Return the submitted values of a table with these rows."""
    cells = {f"{name}-{number}-{key}": text for number, row in enumerate(rows) for key, text in row.items()}
    return {f"{name}-count": str(len(rows)), **cells}
