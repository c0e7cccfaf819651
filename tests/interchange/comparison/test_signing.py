"""Signatures are those of the standards: other programs verify them, and nothing else passes."""

from __future__ import annotations

import base64
import json
import stat

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from participation.interchange.comparison import signing
from participation.interchange.comparison.signing import SigningKeyError, canonical_json
from tests.comparisons import fingerprint_of, key

PAYLOAD = canonical_json({"naam": "gemeente Súdwest-Fryslân", "getal": 12})
PUBLIC = signing.public_jwk(key())["x"]


def test_another_library_verifies_a_signature():
    signed = signing.sign(PAYLOAD, key())
    public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": PUBLIC})
    read = jws.deserialize_compact(signed, public, payload=PAYLOAD, algorithms=["Ed25519"])
    assert read.payload == PAYLOAD
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(signed, public, payload=PAYLOAD + b" ", algorithms=["Ed25519"])


def test_the_same_bytes_give_the_same_signature():
    assert signing.sign(PAYLOAD, key()) == signing.sign(PAYLOAD, key())


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("", id="none"),
        pytest.param("e30..e30", id="without an algorithm"),
        pytest.param("eyJhbGciOiJub25lIn0..", id="the algorithm none"),
        pytest.param(signing.sign(PAYLOAD, key(2)), id="of another key"),
        pytest.param(signing.sign(b"{}", key()), id="of other bytes"),
        pytest.param(signing.sign(PAYLOAD, key())[:-1], id="cut off"),
    ],
)
def test_any_other_signature_is_refused(signature):
    assert not signing.is_signed(PAYLOAD, signature, PUBLIC)


def test_a_signature_with_the_public_key_as_a_shared_secret_is_refused():
    signed = signing.PyJWS().encode(
        PAYLOAD, PUBLIC, "HS256", headers={"kid": "x", "typ": None}, is_payload_detached=True
    )
    assert not signing.is_signed(PAYLOAD, signed, PUBLIC)


@pytest.mark.parametrize("public_key", ["", "A" * 43, "A" * 42 + "!", "x" * 10_000])
def test_a_key_that_is_none_verifies_nothing(public_key):
    assert not signing.is_signed(PAYLOAD, signing.sign(PAYLOAD, key()), public_key)


def test_json_is_canonical_as_in_the_standard():
    # The example of RFC 8785, section 3.2.2, as far as it has no fractions.
    value = {"string": '€$\u000f\nA\'B"\\\\"/', "literals": [None, True, False], "a": 1}
    expected = '{"a":1,"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical_json(value) == expected.encode()


def test_a_new_key_is_for_its_owner_alone_and_never_replaces_one(tmp_path):
    path = tmp_path / "key.json"
    made = signing.write_new_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.public_jwk(signing.read_key(path)) == signing.public_jwk(made)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        signing.write_new_key(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"geheim", id="no JSON"),
        pytest.param(b"[]", id="no object"),
        pytest.param(json.dumps(signing.public_jwk(key())).encode(), id="only the public key"),
        pytest.param(b'{"kty":"OKP","crv":"X25519","x":"AA","d":"AA"}', id="another curve"),
        pytest.param(b'{"kty":"oct","k":"AA"}', id="a shared secret"),
        pytest.param(b'{"kty":"OKP","crv":"Ed25519","x":1,"d":2}', id="numbers"),
    ],
)
def test_a_file_without_a_private_key_is_refused_with_a_remedy(tmp_path, content):
    path = tmp_path / "key.json"
    path.write_bytes(content)
    with pytest.raises(SigningKeyError, match=r"key\.json: .*new-key FILE"):
        signing.read_key(path)


def test_a_missing_file_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(SigningKeyError, match=r"cannot be read: .*new-key FILE"):
        signing.read_key(tmp_path / "none.json")


def test_a_fingerprint_is_the_thumbprint_and_is_typed_in_any_form():
    public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": PUBLIC})
    digits = base64.urlsafe_b64decode(public.thumbprint() + "=").hex()
    assert fingerprint_of(1).replace(" ", "") == digits
    for text in (fingerprint_of(1), fingerprint_of(1).upper(), digits, f"\n {digits} "):
        assert signing.is_fingerprint(text, PUBLIC)
    for text in ("", digits[:-1], digits[:16], fingerprint_of(2)):
        assert not signing.is_fingerprint(text, PUBLIC)
