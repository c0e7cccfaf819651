"""Signing a document, and verifying one: a detached JWS (RFC 7515, appendix F) over canonical JSON (RFC 8785).

The algorithm is Ed25519 (RFC 9864), the payload is not encoded (RFC 7797), and keys are JWKs (RFC 7517). A key is
recognised by its fingerprint: its thumbprint (RFC 7638) in hexadecimal digits, which people can compare by telephone.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import InvalidKeyError, InvalidTokenError, PyJWS
from jwt.algorithms import OKPAlgorithm

#: PyJWT knows it as EdDSA, which RFC 9864 replaces.
_ALGORITHM: Final = "Ed25519"
_JWS: Final = PyJWS(algorithms=[])
_JWS.register_algorithm(_ALGORITHM, OKPAlgorithm())
_CURVE: Final = {"crv": "Ed25519", "kty": "OKP"}
#: A file with a key is some 150 bytes.
_MAX_KEY_BYTES: Final = 10_000
_DIGITS_PER_GROUP: Final = 4


class SigningKeyError(ValueError):
    """There is no key in the file; the message names the file and the remedy."""


def canonical_json(value: Any) -> bytes:
    """Return the canonical JSON of a value (RFC 8785) without fractions, of which all keys are ASCII.

    Within these bounds that is what ``json`` writes with sorted keys and no spaces. Raises UnicodeEncodeError where a
    text has half a surrogate pair.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def write_new_key(path: Path) -> Ed25519PrivateKey:
    """Write a new private key to a file that only its owner may read, and return it. Raises FileExistsError, OSError.

    An existing file is never replaced: readers of what it signed would refuse the next document.
    """
    key = Ed25519PrivateKey.generate()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(canonical_json(OKPAlgorithm.to_jwk(key, as_dict=True)) + b"\n")
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in this file. Raises SigningKeyError."""
    remedy = "make one with `manage.py comparison new-key FILE`, and set COMPARISON_KEY to the file"
    try:
        with path.open("rb") as file:
            key = OKPAlgorithm.from_jwk(json.loads(file.read(_MAX_KEY_BYTES)))
    except OSError as error:
        raise SigningKeyError(f"{path}: the key cannot be read: {error.strerror}; {remedy}") from None
    except (ValueError, TypeError, InvalidKeyError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{path}: this is no private key of Ed25519 as a JWK; {remedy}")
    return key


def public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    """Return the public key of this private one as a JWK."""
    return {**_CURVE, "x": OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)["x"]}


def fingerprint(public_key: str) -> str:
    """Return the SHA-256 thumbprint of a public key, given by its ``x``, as groups of hexadecimal digits."""
    digits = hashlib.sha256(canonical_json({**_CURVE, "x": public_key})).hexdigest()
    return " ".join(digits[at : at + _DIGITS_PER_GROUP] for at in range(0, len(digits), _DIGITS_PER_GROUP))


def is_fingerprint(text: str, public_key: str) -> bool:
    """Return whether somebody wrote the whole fingerprint of this key; spaces and capitals make no difference."""
    return "".join(text.split()).casefold() == fingerprint(public_key).replace(" ", "")


def sign(payload: bytes, key: Ed25519PrivateKey) -> str:
    """Return the detached JWS of these bytes; the same bytes give the same signature."""
    kid = fingerprint(public_jwk(key)["x"]).replace(" ", "")
    return _JWS.encode(payload, key, _ALGORITHM, headers={"kid": kid, "typ": None}, is_payload_detached=True)


def is_signed(payload: bytes, signature: str, public_key: str) -> bool:
    """Return whether this is a detached JWS of these bytes by the public key that has this ``x``."""
    try:
        key = OKPAlgorithm.from_jwk({**_CURVE, "x": public_key})
        if not isinstance(key, Ed25519PublicKey):
            return False
        _JWS.decode_complete(signature, key, algorithms=[_ALGORITHM], detached_payload=payload)
    except (InvalidTokenError, InvalidKeyError, ValueError):
        return False
    return True
