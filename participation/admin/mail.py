"""Admin of outbound mail, bounces, digests and reminders. Restricted to administrators, as it shows addresses."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participation.models import Bounce, DigestDelivery, OutboundEmail, PausedAddress, Reminder
from participation.services.mail.bounces import unpause_all
from participation.services.mail.outbox import RESENDABLE_STATES, resend_all

from .base import ReadOnlyAdmin, is_administrator

#: Maximum number of messages listed on the confirmation page.
MAX_LISTED = 50


class _ForAdministrators(ReadOnlyAdmin):
    """Read-only admin of rows with addresses: for administrators."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user is an administrator with the Django permission."""
        return super().has_view_permission(request, obj) and self.has_administrator_permission(request)

    def has_administrator_permission(self, request: HttpRequest) -> bool:
        """Return whether this user may run the actions."""
        return is_administrator(request)

    def log_action(self, request: HttpRequest, rows: QuerySet[Any], change_message: str) -> None:
        """Record the action in Django's admin log."""
        user: Any = request.user
        LogEntry.objects.log_actions(user.pk, rows, CHANGE, change_message)

    @admin.display(description=gettext_lazy("reason"))
    def reason_text(self, row: Any) -> str:
        """Return the reason, translated line by line; lines of the mail server are not translated."""
        return "\n".join(_(line) for line in row.reason.splitlines() if line) or "–"


@admin.register(OutboundEmail)
class MessageAdmin(_ForAdministrators):
    """The outbox."""

    list_display = ("key", "kind", "to", "state", "attempts", "created_at", "not_before", "settled_at")
    list_filter = ("state", "kind", "created_at", "settled_at")
    search_fields = ("key", "to")
    actions = ("send_again",)
    fields = (
        *("key", "kind", "user", "follower", "submission", "to", "language", "state", "reason_text", "attempts"),
        *("created_at", "not_before", "settled_at", "claimed_by", "claimed_until", "subject", "text", "headers"),
    )
    readonly_fields = ("reason_text",)

    @admin.action(description=gettext_lazy("Resend unsent e-mails"), permissions=["administrator"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboundEmail]) -> HttpResponse | None:
        """Resend these messages after a confirmation page, because some may have arrived."""
        possible = queryset.filter(state__in=RESENDABLE_STATES).exclude(to="").order_by("pk")
        if "confirmed" not in request.POST:
            return self._confirmation_page(request, queryset, possible)
        sent = resend_all(list(possible.values_list("pk", flat=True)), timezone.now())
        self.log_action(request, OutboundEmail.objects.filter(pk__in=sent), "Resent.")
        text = ngettext("%(n)s e-mail will be sent again.", "%(n)s e-mails will be sent again.", len(sent)) % {
            "n": len(sent)
        }
        self.message_user(request, text, messages.SUCCESS if sent else messages.WARNING)
        return None

    def _confirmation_page(
        self, request: HttpRequest, chosen: QuerySet[OutboundEmail], possible: QuerySet[OutboundEmail]
    ) -> HttpResponse:
        everything = request.POST.get("select_across") == "1"
        count, rows = possible.count(), list(possible[:MAX_LISTED])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Resend these e-mails?"),
            "opts": self.model._meta,
            "count": count,
            "rows": rows,
            "more": count - len(rows),
            "others": chosen.count() - count,
            "doubtful": possible.filter(state="doubtful").count(),
            "everything": everything,
            "keys": [row.pk for row in rows[:1]] if everything else list(possible.values_list("pk", flat=True)),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/participation/outboundemail/send_again.html", context)


@admin.register(Bounce)
class BounceAdmin(_ForAdministrators):
    """Bounces."""

    list_display = ("email", "permanent", "at", "message")
    list_filter = ("permanent", "at")
    list_select_related = ("message",)
    search_fields = ("email", "message__key")


@admin.register(PausedAddress)
class PausedAddressAdmin(_ForAdministrators):
    """Paused addresses."""

    list_display = ("email", "paused_at", "lifted_at")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "paused_at")
    search_fields = ("email",)
    actions = ("unpause",)
    fields = ("email", "paused_at", "reason_text", "lifted_at")
    readonly_fields = ("reason_text",)

    @admin.action(description=gettext_lazy("Unpause these addresses"), permissions=["administrator"])
    def unpause(self, request: HttpRequest, queryset: QuerySet[PausedAddress]) -> None:
        """Lift the pause of these addresses."""
        paused = list(queryset.filter(lifted_at__isnull=True).values_list("pk", flat=True))
        count = unpause_all(paused, timezone.now())
        self.log_action(request, PausedAddress.objects.filter(pk__in=paused), "Unpaused.")
        text = ngettext(
            "%(n)s address unpaused. Unsent e-mails can be resent from the list of e-mails.",
            "%(n)s addresses unpaused. Unsent e-mails can be resent from the list of e-mails.",
            count,
        )
        self.message_user(request, text % {"n": count}, messages.SUCCESS if count else messages.WARNING)


@admin.register(DigestDelivery)
class ReportDeliveryAdmin(ReadOnlyAdmin):
    """Digests and their recipients; the mail itself is the message."""

    list_display = ("recipient", "period", "day", "language", "created_at", "message")
    list_filter = ("period", "day", "language", ("message", admin.EmptyFieldListFilter))
    list_select_related = ("recipient", "message")
    search_fields = ("recipient__username", "recipient__email", "subject")


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """Reminders."""

    trajectory_path = "obligation__trajectory"
    list_display = ("obligation", "recipient", "due_on", "message")
    list_filter = ("due_on",)
    list_select_related = ("obligation", "recipient", "message")
    search_fields = ("obligation__rule", "obligation__subject", "recipient__username")
