"""Motions and commitments from a file of whatever kind: a sheet, a council information system, a register."""

from ..json_files import looks_like_json
from .lists import read_list
from .ori import read_ori
from .values import Read

__all__ = ["SECTIONS", "Read", "read_register"]

SECTIONS = ("motions", "commitments")


def read_register(name: str, content: bytes, section: str) -> Read:
    """Return what a file says, as a register document; ``section`` is what the rows of a sheet are.

    JSON says itself what its entries are. What is wrong is in the answer, each with its place and what to do.
    """
    return read_ori(content) if looks_like_json(name, content) else read_list(name, content, section)
