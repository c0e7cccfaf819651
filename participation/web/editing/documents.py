"""Views for documents: add, change and share."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from participation.models import Changeset, Document, DocumentShare
from participation.services.changes.changesets import save_document, share, unshare
from participation.web.shared.pages import add_saved_message

from .after_saving import consequence_of
from .choices import FormChoices, document_title
from .document_form import DocumentForm, ShareForm
from .views import ItemCreateView, ItemUpdateView, TrajectoryEditView, initial_from_query


class DocumentAdd(ItemCreateView[DocumentForm]):
    """Add a version of a document, optionally sharing it at once."""

    model, form_class, anchor = Document, DocumentForm, "documenten"

    def title(self) -> str:
        """Return the heading."""
        return _("Add a document")

    def save(self, form: DocumentForm) -> Changeset | None:
        """Add the document with its file and shares."""
        typed = form.cleaned_data
        shares = [(party, typed["shared_on"]) for party in typed["parties"]]
        return save_document(
            form.instance,
            self.write_context,
            verb="added",
            about=form.display_title(),
            file=typed["upload"],
            counts_pages="pages" not in form.changed_data,
            shares=shares,
        )


class DocumentChange(ItemUpdateView[DocumentForm]):
    """Change a document."""

    model, form_class, anchor = Document, DocumentForm, "documenten"
    template_name = "web/editing/document.html"

    def title(self) -> str:
        """Return the title of the document."""
        return document_title(self.row)

    def get_extra_context(self, form: DocumentForm) -> dict[str, Any]:
        """Return the links to share the document and to add a next version."""
        slug = self.trajectory.slug
        return {
            "share": reverse("document_share", args=[slug, self.row.ref]),
            "next": f"{reverse('document_add', args=[slug])}?replaces={self.row.ref}",
        }

    def save(self, form: DocumentForm) -> Changeset | None:
        """Save the change; an uploaded file replaces the previous one."""
        return save_document(
            form.instance,
            self.write_context,
            verb="changed",
            about=form.display_title(),
            file=form.cleaned_data["upload"],
            counts_pages="pages" not in form.changed_data,
            expected_version=form.expected_version,
        )


class DocumentShareView(TrajectoryEditView):
    """Share one or several documents with parties on one day."""

    anchor = "documenten"

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show which parties received it."""
        form = self._build_form(ref, request.GET.getlist("ref"))
        form.initial.update(initial_from_query(request, form))
        return self._render_form(form)

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Record the shares, or remove one."""
        form = self._build_form(ref, request.GET.getlist("ref"), request.POST)
        if "remove" in request.POST:
            return self._remove_share(form.chosen, request.POST["remove"])
        if not form.is_valid():
            return self._render_form(form)
        typed = form.cleaned_data
        documents = [d for d in self.choices.documents if d.ref in typed["documents"]]
        about = ", ".join(document_title(document) for document in documents)
        changeset = share(self.trajectory, documents, typed["parties"], typed["on"], self.write_context, about=about)
        self.understood = form.understood_dates()
        if not changeset:
            return self.redirect_back(changeset)
        following = consequence_of(documents[0], self.trajectory, self.request_context, self.return_url())
        return self.redirect_back(changeset, following)

    def _build_form(self, ref: str, others: list[str], data: Any = None) -> ShareForm:
        self.choices = FormChoices(self.trajectory)
        chosen = [d for d in self.choices.documents if d.ref == ref or d.ref in others]
        if not any(d.ref == ref for d in chosen):
            raise Http404
        chosen.sort(key=lambda d: d.ref != ref)
        return ShareForm(data, choices=self.choices, chosen=chosen, today=self.request_context.today)

    def _remove_share(self, documents: list[Document], pk: str) -> HttpResponse:
        """Remove a share. Raises Http404 if it is not there."""
        rows = DocumentShare.objects.filter(document__in=documents, pk=pk if pk.isdecimal() else 0)
        row = rows.select_related("document").first()
        if row is None:
            raise Http404
        row.document.trajectory = self.trajectory
        add_saved_message(self.request, unshare(row, self.write_context, about=document_title(row.document)))
        return redirect(self.request.get_full_path())

    def _render_form(self, form: ShareForm) -> HttpResponse:
        names = {slug: label for group in self.choices.parties() for slug, label in group.choices}
        rows = DocumentShare.objects.filter(document__in=form.chosen).order_by("on__earliest", "party")
        titles = {document.pk: document_title(document) for document in form.chosen}
        share_rows = [(row, names.get(row.party, row.party), titles[row.document_id]) for row in rows]
        title = _("Share: %(what)s") % {"what": ", ".join(titles.values())}
        return self.render(
            "web/editing/share.html", title, {"form": form, "shares": share_rows, "several": len(titles) > 1}
        )
