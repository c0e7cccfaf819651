"""What commands that write a ZIP share: a file that is complete or not there, and its checksum."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from django.core.management.base import CommandError

from participation.interchange.archive.bag import fingerprint
from participation.interchange.archive.pdf import PdfUnavailableError

from .base import FAILED


def write_zip(path: Path, write: Callable[[BinaryIO], object]) -> str:
    """Write a ZIP with ``write`` to this path; return its path, size in bytes and SHA-256, as a command prints them.

    Raises CommandError where it cannot be written, or no PDF can be made, and what ``write`` raises otherwise.
    """
    # Written to a temporary file first: a failed ZIP never replaces a complete one.
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w+b") as file:
            write(cast(BinaryIO, file))
            checksum, size = fingerprint(file)
        part.replace(path)
    except PdfUnavailableError as error:
        raise CommandError(str(error), returncode=FAILED) from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}", returncode=FAILED) from None
    finally:
        part.unlink(missing_ok=True)
    return f"{path}: {size} bytes\nSHA-256 {checksum}"
