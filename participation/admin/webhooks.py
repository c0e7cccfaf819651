"""Admin of webhooks and deliveries. For administrators only: the secret allows signing messages as this site."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from simple_history.admin import SimpleHistoryAdmin

from participation.models import Webhook, WebhookDelivery
from participation.services.webhooks import delivery as webhooks_delivery
from participation.services.webhooks import webhooks
from participation.services.webhooks.client import validate_webhook_url

from .base import BoundedSearch, ReadOnlyAdmin, is_administrator


class WebhookForm(forms.ModelForm):
    """The form of a webhook."""

    class Meta:
        model = Webhook
        fields = ("name", "url", "active")
        help_texts: ClassVar[dict[str, Any]] = {
            "url": gettext_lazy(
                "The URL of the receiver (https). See docs/webhooks.md for what the receiver has to do."
            ),
            "active": gettext_lazy("While disabled, pending deliveries are kept."),
        }

    def clean_url(self) -> str:
        """Return the URL. Raises ValidationError when it is not an allowed destination (SSRF protection)."""
        url: str = self.cleaned_data["url"]
        if problem := validate_webhook_url(url):
            raise forms.ValidationError(_(problem))
        return url


@admin.register(Webhook)
class WebhookAdmin(BoundedSearch, SimpleHistoryAdmin):
    """Webhooks for status transitions."""

    form = WebhookForm
    list_display = ("name", "host", "active", "disabled_at", "failures", "failed_since")
    list_filter = ("active", ("disabled_at", admin.EmptyFieldListFilter))
    search_fields = ("name",)
    readonly_fields = ("secret", "notified_until", "failures", "failed_since", "disabled_at", "reason_text")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, with the secret only for users who may change an existing webhook."""
        if obj is None:
            return ("name", "url", "active")
        secret = ("secret",) if self.has_change_permission(request, obj) else ()
        status_fields = ("notified_until", "failures", "failed_since", "disabled_at", "reason_text")
        return ("name", "url", "active", *secret, *status_fields)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user is an administrator with the Django permission."""
        return super().has_view_permission(request, obj) and is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether this user may add a webhook."""
        return super().has_add_permission(request) and is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user may change a webhook."""
        return super().has_change_permission(request, obj) and is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user may delete a webhook with its deliveries."""
        return super().has_delete_permission(request, obj) and is_administrator(request)

    @admin.display(description=gettext_lazy("host"))
    def host(self, row: Webhook) -> str:
        """Return the host only: the rest of the URL may contain a secret."""
        return urlsplit(row.url).hostname or "–"

    @admin.display(description=gettext_lazy("reason for disabling"))
    def reason_text(self, row: Webhook) -> str:
        """Return the reason, translated line by line; lines of the receiver are not translated."""
        return _translated_lines(row.disabled_reason)

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        """Save only the changed fields, not counters updated concurrently; then enable or disable the webhook."""
        if not change:
            webhooks.add_webhook(obj)
            return
        if form.changed_data:
            obj.save(update_fields=form.changed_data)
        if "active" in form.changed_data and not request.POST.keys() & {"_switch_on", "_skip"}:
            if obj.active:
                webhooks.switch_on(obj.pk, timezone.now())
            else:
                webhooks.switch_off(obj.pk, timezone.now())

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        """Redirect to the page of the webhook, which shows the secret."""
        text = _("Give the receiver the secret below. It receives transitions noticed from now on.")
        self.message_user(request, text, messages.INFO)
        return HttpResponseRedirect(reverse("admin:participation_webhook_change", args=[obj.pk]))

    def response_change(self, request: HttpRequest, obj: Webhook) -> HttpResponse:
        """Run the action of the button and return to the page."""
        action = next((action for name, action in _BUTTONS.items() if name in request.POST), None)
        if action is None:
            return super().response_change(request, obj)
        text, level = action(obj)
        self.message_user(request, text, level)
        return HttpResponseRedirect(request.path)


def _test(webhook: Webhook) -> tuple[str, int]:
    message = webhooks_delivery.send_test(webhook.pk, timezone.now)
    if message.state == "sent":
        return _("The receiver accepted the test message (%(status)s).") % {"status": message.status}, messages.SUCCESS
    return _("The receiver did not accept the test message. %(why)s") % {
        "why": _translated_lines(message.reason)
    }, messages.ERROR


def _new_secret(webhook: Webhook) -> tuple[str, int]:
    webhooks.renew_secret(webhook)
    return _("The secret was renewed. The receiver rejects deliveries until it has the new one."), messages.WARNING


def _switch_on(webhook: Webhook) -> tuple[str, int]:
    number = webhooks.switch_on(webhook.pk, timezone.now())
    text = ngettext(
        "Enabled. %(n)s pending delivery is sent now, and the transitions noticed meanwhile.",
        "Enabled. %(n)s pending deliveries are sent now, and the transitions noticed meanwhile.",
        number,
    )
    return text % {"n": number}, messages.SUCCESS


def _skip(webhook: Webhook) -> tuple[str, int]:
    webhooks.switch_on(webhook.pk, timezone.now(), skip=True)
    return _("Enabled. It receives transitions noticed from now on."), messages.SUCCESS


_BUTTONS = {"_test": _test, "_new_secret": _new_secret, "_switch_on": _switch_on, "_skip": _skip}


def _translated_lines(reason: str) -> str:
    return "\n".join(_(line) for line in reason.splitlines() if line) or "–"


@admin.register(WebhookDelivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Deliveries to webhooks."""

    list_display = ("key", "webhook", "state", "status", "attempts", "created_at", "not_before", "settled_at")
    list_filter = ("state", "webhook", "created_at")
    list_select_related = ("webhook",)
    search_fields = ("key",)
    actions = ("send_again",)
    fields = (
        *("key", "webhook", "state", "reason_text", "status", "attempts", "created_at", "not_before", "settled_at"),
        *("claimed_by", "claimed_until", "text"),
    )
    readonly_fields = ("reason_text", "text")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user is an administrator with the Django permission."""
        return super().has_view_permission(request, obj) and is_administrator(request)

    @admin.display(description=gettext_lazy("payload"))
    def text(self, row: WebhookDelivery) -> str:
        """Return the body as sent, or a dash when it is no longer kept."""
        return row.body or "–"

    def has_administrator_permission(self, request: HttpRequest) -> bool:
        """Return whether this user may run the actions."""
        return is_administrator(request)

    @admin.display(description=gettext_lazy("reason"))
    def reason_text(self, row: WebhookDelivery) -> str:
        """Return the reason why it was not accepted."""
        return _translated_lines(row.reason)

    @admin.action(description=gettext_lazy("Resend"), permissions=["administrator"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Resend these deliveries: receivers deduplicate by key."""
        chosen = list(queryset.values_list("pk", flat=True))
        number = webhooks.resend_all(chosen, timezone.now())
        user: Any = request.user
        LogEntry.objects.log_actions(user.pk, WebhookDelivery.objects.filter(pk__in=chosen), CHANGE, "Resent.")
        text = ngettext("%(n)s delivery will be sent again.", "%(n)s deliveries will be sent again.", number) % {
            "n": number
        }
        if skipped := len(chosen) - number:
            more = ngettext(
                "%(n)s is pending already, is no longer kept, or is for a disabled webhook.",
                "%(n)s are pending already, are no longer kept, or are for a disabled webhook.",
                skipped,
            )
            text = f"{text} {more % {'n': skipped}}"
        self.message_user(request, text, messages.SUCCESS if number else messages.WARNING)
