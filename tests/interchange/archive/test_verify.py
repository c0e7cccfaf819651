"""Every change of an archive is found, and described correctly."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import tracemalloc
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.interchange.archive import verify
from participation.interchange.archive.bag import Bag, fingerprint, manifest
from participation.interchange.archive.verify import Finding, NoArchiveError, check_archive

FOLDER = "plein-2026-04-20"
FILES = {"data/dossier.json": b'{"dossier": 1}\n', "data/documents/0001-d1.pdf": b"%PDF-1.7\n", "README.txt": b"Lees\n"}


def bag(files=FILES):
    made = io.BytesIO()
    with Bag(made, FOLDER) as written:
        for name, content in files.items():
            written.add(name, content)
        written.finish({"External-Description": "Het\nplein"})
    return made.getvalue()


WHOLE = bag()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("archives") / "plein.zip"


def checked(place, content):
    place.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names
        return check_archive(place)


def is_found(place, content):
    try:
        return bool(checked(place, content).findings)
    except NoArchiveError:
        return True


def packed(entries, method=zipfile.ZIP_STORED):
    """Return a ZIP with these entries, as another program writes it."""
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(made, "w", method) as zipped:
            for name, content in entries:
                zipped.writestr(name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name), content, method)
    return made.getvalue()


def entries():
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as zipped:
        return [(name, zipped.read(name)) for name in zipped.namelist()]


# ---------- unchanged archives


def test_an_unmodified_archive_is_reported_as_unaltered(place):
    found = checked(place, WHOLE)
    assert found.findings == ()
    assert found.content_is_unaltered
    assert (found.sha256, found.size) == fingerprint(io.BytesIO(WHOLE))
    assert found.info["External-Description"] == "Het plein"
    assert found.info["Payload-Oxum"] == "24.2"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_sha256sum_verifies_the_archive_without_leidraad(tmp_path):
    zipfile.ZipFile(io.BytesIO(WHOLE)).extractall(tmp_path)
    command = ["sha256sum", "--check", "--strict", "--quiet", "manifest-sha256.txt", "tagmanifest-sha256.txt"]
    subprocess.run(command, cwd=tmp_path / FOLDER, check=True, capture_output=True)


# ---------- changed archives


def test_a_change_of_any_byte_is_detected(place):
    missed = [
        number
        for number in range(len(WHOLE))
        if not is_found(place, WHOLE[:number] + bytes([WHOLE[number] ^ 1 << number % 8]) + WHOLE[number + 1 :])
    ]
    assert missed == []


@given(st.integers(0, len(WHOLE)), st.integers(0, 64), st.binary(max_size=64))
def test_removed_or_inserted_bytes_are_detected_anywhere(place, start, length, other):
    altered = WHOLE[:start] + other + WHOLE[start + length :]
    assert is_found(place, altered) == (altered != WHOLE)


@given(st.permutations(range(len(entries()))))
def test_reordered_files_are_detected_and_reported_as_intact(place, order):
    found = checked(place, packed([entries()[number] for number in order]))
    assert found.findings == (Finding(verify.REPACKED),)
    assert found.content_is_unaltered


def test_a_repacked_archive_is_reported_as_intact(place):
    found = checked(place, packed(entries(), zipfile.ZIP_DEFLATED))
    assert found.findings == (Finding(verify.REPACKED),)


@pytest.mark.parametrize("name", FILES)
def test_a_modified_file_is_named(place, name):
    changed = [(path, content + b"!" if path.endswith(name) else content) for path, content in entries()]
    assert Finding(verify.ALTERED, name) in checked(place, packed(changed)).findings


@pytest.mark.parametrize("name", [*FILES, "bagit.txt", "bag-info.txt", "tagmanifest-sha256.txt"])
def test_a_removed_file_is_named(place, name):
    rest = [(path, content) for path, content in entries() if not path.endswith(f"/{name}")]
    assert Finding(verify.MISSING, name) in checked(place, packed(rest)).findings


def test_an_added_file_is_named(place):
    found = checked(place, packed([*entries(), (f"{FOLDER}/data/nieuw.pdf", b"x"), ("los.txt", b"y")])).findings
    assert {Finding(verify.ADDED, "data/nieuw.pdf"), Finding(verify.ADDED, "los.txt")} <= set(found)


def test_a_renamed_file_is_reported_as_missing_and_added(place):
    renamed = [(path.replace("0001-d1", "0001-d2"), content) for path, content in entries()]
    found = set(checked(place, packed(renamed)).findings)
    assert {
        Finding(verify.MISSING, "data/documents/0001-d1.pdf"),
        Finding(verify.ADDED, "data/documents/0001-d2.pdf"),
    } <= found


def test_a_duplicate_file_is_named(place):
    path, content = entries()[0]
    assert Finding(verify.DUPLICATE, path) in checked(place, packed([(path, b"vals"), *entries()])).findings
    assert Finding(verify.DUPLICATE, path) in checked(place, packed([*entries(), (path, content)])).findings


@pytest.mark.parametrize(
    "name", ["../weg.txt", "/etc/passwd", f"{FOLDER}/../../weg", f"{FOLDER}/a\\b", "C:/weg", f"{FOLDER}/data/a\x1b[2J"]
)
def test_a_path_outside_the_archive_is_dangerous(place, name):
    kinds = {finding.kind for finding in checked(place, packed([*entries(), (name, b"x")])).findings}
    assert verify.UNSAFE in kinds


def test_a_symbolic_link_is_dangerous(place):
    link = zipfile.ZipInfo(f"{FOLDER}/data/link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    found = checked(place, packed([*entries(), (link, b"/etc/passwd")])).findings
    assert Finding(verify.UNSAFE, f"{FOLDER}/data/link") in found


def test_a_file_changed_with_its_manifest_line_is_detected_by_the_tag_manifest(place):
    altered = dict(FILES, **{"data/dossier.json": b'{"dossier": 2}\n'})
    with zipfile.ZipFile(io.BytesIO(bag(altered))) as other:
        lists = {name: other.read(name) for name in other.namelist() if not name.endswith("tagmanifest-sha256.txt")}
    found = checked(place, packed([(path, lists.get(path, content)) for path, content in entries()])).findings
    assert Finding(verify.ALTERED, "manifest-sha256.txt") in found


def test_an_archive_rebuilt_with_all_manifests_fails_only_on_the_zip_checksum(place):
    found = checked(place, bag(dict(FILES, **{"data/dossier.json": b'{"dossier": 2}\n'})))
    assert found.findings == ()
    assert found.sha256 != fingerprint(io.BytesIO(WHOLE))[0]


@pytest.mark.parametrize(
    "lines",
    [b"\xff\xfe", b"geen som\n", manifest({"data/dossier.json": "0" * 64})[:-1], b"0" * 64 + b"  README.txt\n"],
)
def test_an_unreadable_manifest_is_reported(place, lines):
    replaced = [(p, lines if p.endswith("/manifest-sha256.txt") else content) for p, content in entries()]
    assert Finding(verify.MALFORMED, "manifest-sha256.txt") in checked(place, packed(replaced)).findings


# ---------- files that are no archive, or harmful


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7", WHOLE[:-10], b"\x00" * 500])
def test_a_file_that_is_not_a_zip_is_reported(place, content):
    with pytest.raises(NoArchiveError, match="no ZIP"):
        checked(place, content)


@pytest.mark.parametrize("found", [[], [("los.txt", b"x")], [("map/data/x", b"x")]])
def test_a_zip_that_is_not_an_archive_is_reported(place, found):
    with pytest.raises(NoArchiveError, match="manifest-sha256"):
        checked(place, packed(found))


def test_a_missing_file_and_a_folder_are_reported(tmp_path):
    for path in (tmp_path / "weg.zip", tmp_path):
        with pytest.raises(NoArchiveError):
            check_archive(path)


def test_a_zip_bomb_is_not_extracted(place):
    bomb = [(f"{FOLDER}/data/bom", b"\0" * 30_000_000)]
    altered = packed([*entries(), *bomb], zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    found = checked(place, altered)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert Finding(verify.UNREADABLE, "data/bom") in found.findings
    assert most < 5_000_000


def test_overlapping_zip_entries_are_rejected(place):
    content = packed([(f"{FOLDER}/data/{number}", b"x" * 9_000) for number in range(3)])
    line = content.index(b"PK\x01\x02")
    directory = content[line:-22]
    one = directory[: len(directory) // 3]
    names = b"".join(one.replace(b"/data/0", b"/data/" + bytes([65 + n])) for n in range(20))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 20, 20, len(names), line, 0)
    with pytest.raises(NoArchiveError, match="overlap"):
        checked(place, content[:line] + names + end)


def test_an_encrypted_file_is_reported_as_unreadable(place):
    # Bit 0 of the flags in the central directory of the ZIP.
    at = WHOLE.index(b"PK\x01\x02") + 8
    found = checked(place, WHOLE[:at] + b"\x01" + WHOLE[at + 1 :]).findings
    assert Finding(verify.UNREADABLE, "data/dossier.json") in found
