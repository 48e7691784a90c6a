"""The check digit of the post's item numbers."""

import pytest

from partners.s10 import check_digit, warnings_about


@pytest.mark.parametrize(
    ("serial", "digit"),
    [("01234567", 5), ("47312482", 9), ("00000000", 5), ("00000001", 4), ("00000008", 0)],
)
def test_the_check_digit_is_the_one_of_the_standard(serial: str, digit: int) -> None:
    assert check_digit(serial) == digit


def test_only_a_number_of_that_shape_with_a_wrong_digit_is_warned_about() -> None:
    assert warnings_about("EJ012345675VN") == ()
    assert warnings_about("EJ012345678VN") == ("s10-check-digit",)
    for number in ("ExxxxxxxxxxVN", "S1.A1.17373471", "", "EJ0123456789VN", "EJ٠١٢٣٤٥٦٧٨VN"):
        assert warnings_about(number) == ()


def test_every_wrong_digit_is_warned_about() -> None:
    good = [digit for digit in range(10) if not warnings_about(f"EJ01234567{digit}VN")]
    assert good == [5]
