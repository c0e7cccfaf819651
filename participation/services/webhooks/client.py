"""Sending one webhook delivery, signed, and fetching one document: both protected against SSRF.

Signed as in the Standard Webhooks specification: HMAC-SHA256 over ``id.timestamp.body`` with the shared secret.
Redirects are not followed, cookies not kept, and only the start of the response body is read.
"""

import base64
import hmac
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext_noop
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import create_connection

#: Prefix of a secret in Standard Webhooks, which makes leaked secrets recognisable.
PREFIX = "whsec_"
#: Number of bytes read of a response body, and number of characters stored.
MAX_READ_BYTES, MAX_STORED_CHARACTERS = 1_000, 200
#: Maximum number of resolved addresses to try.
MAX_ADDRESSES = 4
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
#: The well-known NAT64 prefix (RFC 6052). The local-use prefix (64:ff9b:1::/48) may embed anything.
_NAT64 = IPv6Network("64:ff9b::/96")
#: Global unicast; the rest of IPv6 is special, local or reserved.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
#: Special-purpose ranges in IPv4 and in global unicast, from the IANA registries. A few addresses in 2001::/23 and
#: 192.0.0.0/24 are global, but no receiver uses them. Teredo and 6to4 embed an IPv4 address.
_NON_PUBLIC_NETWORKS = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)

NOT_HTTPS = gettext_noop("The address must begin with https://.")
HAS_CREDENTIALS = gettext_noop("An address with a name and password in it is not used: others would read them.")
NO_HOST = gettext_noop("This is not an address of a machine on the internet.")
NOT_PUBLIC_ADDRESS = gettext_noop("The address leads to a machine inside our own network: nothing is sent there.")
UNKNOWN_HOST = gettext_noop("The name in the address is not known on the internet.")
CONNECTION_FAILED = gettext_noop("No connection could be made.")
NOT_SECURE = gettext_noop("No secure connection: the certificate cannot be trusted, or the receiver speaks no https.")
NO_ANSWER = gettext_noop("The receiver did not answer in time.")
CONNECTION_BROKEN = gettext_noop("The connection broke off before the receiver answered.")
REDIRECTED = gettext_noop("The receiver points to another address: that is not followed. Change the address here.")
NOT_FOUND = gettext_noop("There is no such document at the address.")
GONE = gettext_noop("The receiver wants no more messages.")
NO_SECRET = gettext_noop("The secret of this webhook cannot be read. Make a new one.")


class Timeouts(NamedTuple):
    """Timeouts in seconds: to connect, for each read, and for the whole request."""

    connect: float = 5
    read: float = 10
    total: float = 20


DEFAULT_TIMEOUTS = Timeouts()


class WebhookResponse(NamedTuple):
    """The response of a receiver: whether it accepted the delivery, else our reason and the start of its body.

    ``gone`` for status 410; ``wait`` is the Retry-After.
    """

    accepted: bool = False
    status: int | None = None
    reason: str = ""
    gone: bool = False
    wait: timedelta = timedelta()


class FetchError(Exception):
    """A document could not be fetched; the message is the reason, without the address."""


class _NotReached(Exception):
    """Raised where no connection was made; the message is the reason, without the address."""


def new_secret() -> str:
    """Return a random secret (256 bits)."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, key: str, at: datetime, body: bytes) -> str:
    """Return the signature of this delivery at this time. Raises ValueError where the secret is not base64."""
    shared = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = hmac.digest(shared, f"{key}.{int(at.timestamp())}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(signed).decode()


def validate_webhook_url(url: str) -> str:
    """Return why this URL is not allowed, checked without resolving its host; empty where it is allowed.

    In development and in the demo a receiver may be on localhost, without HTTPS.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return NO_HOST
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local_allowed() and host in _LOCAL_HOSTS):
        return NOT_HTTPS
    if parts.username is not None or parts.password is not None:
        return HAS_CREDENTIALS
    if not host:
        return NO_HOST
    with suppress(ValueError):
        if not _is_local_allowed() and not is_allowed_address(host):
            return NOT_PUBLIC_ADDRESS
    return "" if _is_local_allowed() or host not in _LOCAL_HOSTS else NOT_PUBLIC_ADDRESS


def is_public_address(address: str) -> bool:
    """Return whether this is an IP address on the public internet. Raises ValueError where it is no IP address.

    ``ipaddress.is_global`` is not enough: it differs between Python versions, and does not look at embedded addresses.
    """
    number: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(number, IPv6Address):
        # Through a NAT64 gateway the embedded address is the one that is reached.
        if number.ipv4_mapped or number in _NAT64:
            return is_public_address(str(IPv4Address(int(number) & 0xFFFFFFFF)))
        if number not in _GLOBAL_UNICAST:
            return False
    return (
        number.is_global and not number.is_multicast and not any(number in network for network in _NON_PUBLIC_NETWORKS)
    )


def is_allowed_address(address: str) -> bool:
    """Return whether deliveries may go to this IP address: a public one, or one in the setting WEBHOOK_NETWORKS.

    Raises ValueError where it is no IP address.
    """
    number: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(number, IPv6Address) and number.ipv4_mapped:
        number = number.ipv4_mapped
    return any(number in network for network in settings.WEBHOOK_NETWORKS) or is_public_address(address)


def _is_local_allowed() -> bool:
    return bool(settings.DEBUG or settings.DEMO)


class WebhookClient:
    """An HTTP session for a batch of deliveries to one receiver."""

    def __init__(self, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        """Prepare the session; connects to nothing yet."""
        self.timeouts = timeouts
        self.connection: Any = None
        #: Whether the overall deadline ended the last request.
        self.is_cut_off = False
        self.session = requests.Session()
        # No proxy or netrc from the environment: the connection must be to the address that was validated.
        self.session.trust_env = False
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, _PinningAdapter(self))

    def close(self) -> None:
        """Close the session."""
        self.session.close()

    def send(self, url: str, secret: str, key: str, body: str, now: datetime) -> WebhookResponse:
        """Send this delivery, and return the response. Raises nothing that is about the receiver."""
        if problem := validate_webhook_url(url):
            return WebhookResponse(reason=problem)
        payload = body.encode()
        try:
            signed = signature(secret, key, now, payload)
        except ValueError:
            return WebhookResponse(reason=NO_SECRET)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Leidraad/{settings.CODE_VERSION}",
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signed,
        }
        try:
            with self._open("POST", url, headers, payload) as response:
                return _to_webhook_response(response)
        except _NotReached as error:
            return WebhookResponse(reason=str(error))

    def fetch(self, url: str, max_bytes: int) -> bytes:
        """Return the content at this URL, never more than one byte over the maximum. Raises FetchError."""
        if problem := validate_webhook_url(url):
            raise FetchError(problem)
        # Not compressed: a small answer could expand to any size.
        headers = {"User-Agent": f"Leidraad/{settings.CODE_VERSION}", "Accept-Encoding": "identity"}
        try:
            with self._open("GET", url, headers) as response:
                if response.status_code != 200:
                    explanation = REDIRECTED if 300 <= response.status_code < 400 else NOT_FOUND
                    raise FetchError(f"{explanation} ({response.status_code})")
                content = b""
                while len(content) <= max_bytes and (part := response.raw.read(max_bytes + 1 - len(content))):
                    content += part
                # What a server sends too slowly is cut off, and looks complete where it gave no length.
                if self.is_cut_off:
                    raise FetchError(NO_ANSWER)
                return content
        except _NotReached as error:
            raise FetchError(str(error)) from None

    @contextmanager
    def _open(self, method: str, url: str, headers: dict[str, str], data: bytes | None = None) -> Iterator[Any]:
        """Yield the response to this request. Raises _NotReached with the reason, without the address."""
        # Overall deadline: a slow-drip response never trips the read timeout.
        self.is_cut_off = False
        deadline = Timer(self.timeouts.total, self._shut_down)
        deadline.daemon = True
        deadline.start()
        timeout = (self.timeouts.connect, self.timeouts.read)
        try:
            with self.session.request(
                method, url, data=data, headers=headers, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                yield response
        except (_NotReached, FetchError):
            raise
        except requests.Timeout:
            raise _NotReached(NO_ANSWER) from None
        except requests.exceptions.SSLError:
            raise _NotReached(NOT_SECURE) from None
        except requests.ConnectionError:
            raise _NotReached(CONNECTION_BROKEN) from None
        except Exception as error:  # such as invalid HTTP or an invalid URL; the error's text contains the URL
            raise _NotReached(f"{CONNECTION_BROKEN}\n{type(error).__name__}") from None
        finally:
            deadline.cancel()

    def _shut_down(self) -> None:
        self.is_cut_off = True
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            with suppress(OSError):
                # On the raw socket, not through TLS: another thread is reading from it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _to_webhook_response(response: requests.Response) -> WebhookResponse:
    status, content = response.status_code, b""
    # The status counts; a failure to read the body does not matter.
    with suppress(Exception):
        content = response.raw.read(MAX_READ_BYTES)
    if 200 <= status < 300:
        return WebhookResponse(True, status)
    explanation = REDIRECTED if 300 <= status < 400 else GONE if status == 410 else ""
    text = "".join(character if character.isprintable() else " " for character in content.decode("utf-8", "replace"))
    summary = f"{status} {' '.join(text.split())[:MAX_STORED_CHARACTERS]}".strip()
    retry_after = response.headers.get("Retry-After", "")
    wait = (
        timedelta(seconds=int(retry_after))
        if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7
        else timedelta()
    )
    return WebhookResponse(False, status, "\n".join(filter(None, (explanation, summary))), status == 410, wait)


class _PinningAdapter(HTTPAdapter):
    """HTTP adapter that connects only to validated addresses, and does not retry."""

    def __init__(self, client: WebhookClient) -> None:
        self.client = client
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        pools: Sequence[tuple[str, Any, Any]] = (
            ("http", HTTPConnectionPool, HTTPConnection),
            ("https", HTTPSConnectionPool, HTTPSConnection),
        )
        self.poolmanager.pool_classes_by_scheme = {
            scheme: type(
                "Pool",
                (pool,),
                {"ConnectionCls": type("Line", (_PinnedConnection, connection_class), {"client": self.client})},
            )
            for scheme, pool, connection_class in pools
        }


class _PinnedConnection:
    """A connection to the validated IP address, without resolving the name again: prevents DNS rebinding."""

    client: WebhookClient
    host: str
    port: int
    timeout: Any
    source_address: Any
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        self.client.connection = self
        try:
            found = socket.getaddrinfo(self.host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _NotReached(UNKNOWN_HOST) from None
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))[:MAX_ADDRESSES]
        if not _is_local_allowed() and not all(is_allowed_address(address) for address in addresses):
            raise _NotReached(NOT_PUBLIC_ADDRESS)
        for address in addresses:
            with suppress(OSError):
                return create_connection((address, self.port), self.timeout, self.source_address, self.socket_options)
        raise _NotReached(CONNECTION_FAILED)
