"""Importer of motions, commitments and requests from a file in any supported format."""

from ..json_files import looks_like_json
from .lists import read_list
from .ori import read_ori
from .values import SECTIONS, ParsedRegister

__all__ = ["SECTIONS", "ParsedRegister", "read_register"]


def read_register(name: str, content: bytes, section: str) -> ParsedRegister:
    """Return the content of a file as a register document; ``section`` tells what the rows of a sheet are.

    In JSON the entries have types of their own. Problems are returned, with location and remedy, not raised.
    """
    return read_ori(content) if looks_like_json(name, content) else read_list(name, content, section)
