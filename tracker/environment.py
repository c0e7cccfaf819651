"""Environment variables: a helper that rejects invalid values, and a parser for each kind of value."""

import os
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

BASE_DIR = Path(__file__).resolve().parent.parent


def setting(name: str, allowed: str, parse: Callable[[str], Any], default: Any) -> Any:
    """Return the environment variable converted by ``parse``, or the default if it is absent or empty.

    Raises ImproperlyConfigured with the variable's name and the allowed form if ``parse`` raises ValueError, KeyError
    or ValidationError.
    """
    given = os.environ.get(name, "").strip()
    if not given:
        return default
    try:
        return parse(given)
    except (ValueError, KeyError, ValidationError):
        # Without the value: it may hold a password, and this message ends up in logs.
        raise ImproperlyConfigured(f"The environment variable {name} must be {allowed}.") from None


def is_set(name: str) -> bool:
    """Return whether the environment variable has a value."""
    return bool(os.environ.get(name, "").strip())


def boolean(text: str) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]


def comma_separated(text: str) -> list[str]:
    given = [word.strip() for word in text.split(",")]
    if not all(given):
        raise ValueError(text)
    return given


def base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError(text)
    return text.rstrip("/")


def folder(text: str) -> Path:
    return BASE_DIR / text


def oidc_server_url(text: str) -> str:
    parts = urlsplit(text)
    # It decides who is logged in, so the connection must be authenticated by TLS (localhost excepted).
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in (("http", "localhost"), ("http", "127.0.0.1")):
        raise ValueError(text)
    if not parts.hostname or parts.query or parts.fragment:
        raise ValueError(text)
    return text.rstrip("/")


def base_map_url(text: str) -> str:
    parts = urlsplit(text)
    # Its origin stands in the Content-Security-Policy, where these would end the source or the directive.
    if parts.scheme != "https" or not parts.hostname or any(letter in parts.netloc for letter in "@;,{} "):
        raise ValueError(text)
    if any(text.count(placeholder) != 1 for placeholder in ("{bbox}", "{width}", "{height}")):
        raise ValueError(text)
    return text


def claim_name(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError(text)
    return text


def mail_address(text: str) -> str:
    validate_email(text)
    return text


def mail_addresses(text: str) -> list[str]:
    return [mail_address(word) for word in comma_separated(text)]


def bounce_address(text: str) -> str:
    validate_email(text)
    # A local part may have 64 characters (RFC 5321, 4.5.3.1.1); the rest is for "+", the key and the signature.
    if len(text.partition("@")[0]) > 20 or "+" in text:
        raise ValueError(text)
    return text


def networks(text: str) -> list[IPv4Network | IPv6Network]:
    return [ip_network(word) for word in comma_separated(text)]


def positive_integer(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def host_address(text: str) -> str:
    """Return an IP address in host:port notation: IPv6 in brackets."""
    found = ip_address(text.strip("[]"))
    return f"[{found}]" if found.version == 6 else str(found)


def port(text: str) -> int:
    number = positive_integer(text)
    if number > 65_535:
        raise ValueError(text)
    return number


def redis_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError(text)
    return text


def credentials(parts: SplitResult) -> tuple[str, str]:
    return unquote(parts.username or ""), unquote(parts.password or "")


def sqlite_settings(path: str | Path) -> dict[str, Any]:
    # IMMEDIATE takes the write lock at BEGIN, so that concurrent writers wait instead of failing half-way with
    # "database is locked"; WAL lets readers proceed during writes.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def database_settings(text: str) -> dict[str, Any]:
    parts = urlsplit(text)
    name = unquote(parts.path[1:])
    if parts.scheme == "sqlite" and name and not parts.netloc:
        return sqlite_settings(name if name == ":memory:" else BASE_DIR / name)
    if parts.scheme not in ("postgres", "postgresql") or not name:
        raise ValueError(text)
    user, password = credentials(parts)
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    # PostgreSQL's JIT compiles for seconds what is answered in milliseconds. The last of two options prevails, so what
    # the address says does; an empty "?options=" sends none, for a pooler that refuses them.
    if options.get("options") != "":
        options["options"] = f"-c jit=off {options.get('options', '')}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def email_settings(text: str) -> dict[str, Any]:
    parts = urlsplit(text)
    backend = "django.core.mail.backends."
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": backend + "console.EmailBackend"}
    if parts.scheme == "file" and len(parts.path) > 1:
        return {"EMAIL_BACKEND": backend + "filebased.EmailBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme not in ("smtp", "smtps", "smtp+tls") or not parts.hostname:
        raise ValueError(text)
    user, password = credentials(parts)
    return {
        "EMAIL_BACKEND": backend + "smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": password,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 30,
    }
