"""The language of the texts that these tests compare is that of the tests of documents."""

from tests.dossier.conftest import in_english

__all__ = ["in_english"]
