import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.dossier.motion_number import normal_number


@pytest.mark.parametrize(
    "printed", ["0021/0098/4", "M21.0098/04", "21.0098/04", " m21.0098/4 ", "M 21.0098/04", "21.0098/004"]
)
def test_one_motion_has_one_number_however_it_is_printed(printed: str) -> None:
    assert normal_number(printed) == "21.0098/04"


def test_a_number_without_a_part_keeps_none() -> None:
    assert normal_number("M21.0093") == "21.0093"
    assert normal_number("21.0093/12") == "21.0093/12"


@pytest.mark.parametrize(
    "printed",
    ["neem-de-tijd-2023", "Z/21/3258970-1", "RV 24.0014", "21.98/4", "2021", "٢١.0098/04", "021.0098"],
)
def test_what_is_not_recognised_stays_as_printed(printed: str) -> None:
    assert normal_number(f" {printed} ") == printed


PRINTED = st.from_regex(r" ?[Mm]?(00)?[0-9]{2}[./][0-9]{4}(/[0-9]{1,4})? ?", fullmatch=True)


@given(st.one_of(st.text(), PRINTED))
def test_a_normal_number_is_its_own_normal_number(printed: str) -> None:
    assert normal_number(normal_number(printed)) == normal_number(printed)


@given(st.integers(0, 99), st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_different_motions_keep_different_numbers(year: int, file: int, one: int, other: int) -> None:
    first, second = (normal_number(f"00{year:02}/{file:04}/{part}") for part in (one, other))
    assert (first == second) == (one == other)
