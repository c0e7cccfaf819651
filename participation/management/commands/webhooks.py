"""Management command: list the webhooks and the state of their deliveries, test one, or send what is due."""

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError
from django.db.models import Count, Q
from django.utils import timezone

from participation.management import base
from participation.models import Webhook
from participation.services.webhooks import delivery as webhooks_delivery


class Command(base.TrackerCommand):
    """List, test or send webhooks. Safe beside a running worker: deliveries are claimed before they are sent."""

    help = "List the webhooks with their pending deliveries, send a test message, or send all due deliveries now."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        actions = parser.add_mutually_exclusive_group()
        actions.add_argument("--list", action="store_true", help="list the webhooks (the default)")
        actions.add_argument(
            "--test", metavar="NAME", help="send a test message to the webhook with this name or number"
        )
        actions.add_argument("--send", action="store_true", help="create and send all due deliveries now")

    def handle(self, **options: Any) -> None:
        """List, test or send. Raises CommandError where a delivery was not accepted."""
        if options["test"]:
            self._test(options["test"])
        elif options["send"]:
            outcome = webhooks_delivery.make_and_send(timezone.now)
            counts_text = ", ".join(f"{count} {name}" for name, count in outcome.counts.items() if count)
            self.stdout.write(f"{counts_text or 'Nothing to send'}.")
            if outcome.counts["later"] or outcome.counts["given_up"]:
                raise CommandError(
                    "Not all deliveries were accepted; see the list of webhook deliveries in the administration.",
                    returncode=base.FOUND,
                )
        else:
            self._list()

    def _list(self) -> None:
        found = Webhook.objects.annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state="waiting")),
            withheld=Count("deliveries", filter=Q(deliveries__state="held")),
        ).order_by("name", "pk")
        for webhook in found:
            state = "disabled" if not webhook.active else "disabled automatically" if webhook.disabled_at else "enabled"
            counts_text = (
                f"{webhook.waiting} waiting, {webhook.withheld} withheld, {webhook.failures} consecutive failures"
            )
            # Only the host is shown: the path or query may hold a secret.
            self.stdout.write(f"{webhook.pk}  {webhook.name}  {urlsplit(webhook.url).hostname}  {state}: {counts_text}")
        if not found:
            self.stdout.write("There are no webhooks. Administrators add them in the administration.")

    def _test(self, name: str) -> None:
        named = Q(name=name) | (Q(pk=int(name)) if name.isdecimal() else Q())
        found = list(Webhook.objects.filter(named)[:2])
        if len(found) != 1:
            remedy = "name one by its number" if found else "see --list"
            raise CommandError(
                f"{len(found) or 'No'} webhooks have the name {name!r}: {remedy}.", returncode=base.FAILED
            )
        message = webhooks_delivery.send_test(found[0].pk, timezone.now)
        if message.state != "sent":
            raise CommandError(" ".join(message.reason.splitlines()), returncode=base.FOUND)
        self.stdout.write(f"Accepted ({message.status}).")
