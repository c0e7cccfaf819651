import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.dossier.motion_number import normalize_number


@pytest.mark.parametrize(
    "printed", ["0021/0098/4", "M21.0098/04", "21.0098/04", " m21.0098/4 ", "M 21.0098/04", "21.0098/004"]
)
def test_every_notation_of_a_motion_number_normalises_to_one(printed: str) -> None:
    assert normalize_number(printed) == "21.0098/04"


def test_a_number_without_a_suffix_gets_none() -> None:
    assert normalize_number("M21.0093") == "21.0093"
    assert normalize_number("21.0093/12") == "21.0093/12"


@pytest.mark.parametrize(
    "printed",
    ["neem-de-tijd-2023", "Z/21/3258970-1", "RV 24.0014", "21.98/4", "2021", "٢١.0098/04", "021.0098"],
)
def test_an_unrecognised_number_is_kept_as_printed(printed: str) -> None:
    assert normalize_number(f" {printed} ") == printed


PRINTED = st.from_regex(r" ?[Mm]?(00)?[0-9]{2}[./][0-9]{4}(/[0-9]{1,4})? ?", fullmatch=True)


@given(st.one_of(st.text(), PRINTED))
def test_normalising_a_number_is_idempotent(printed: str) -> None:
    assert normalize_number(normalize_number(printed)) == normalize_number(printed)


@given(st.integers(0, 99), st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_different_motions_keep_different_numbers(year: int, file: int, one: int, other: int) -> None:
    first, second = (normalize_number(f"00{year:02}/{file:04}/{part}") for part in (one, other))
    assert (first == second) == (one == other)
