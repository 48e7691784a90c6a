"""Codes that people read, type and dictate."""

import pytest

from logistics.codes import (
    ALPHABET,
    new_handover_id,
    new_lookup_code,
    new_paper_id,
    read_lookup_code,
)


def test_a_lookup_code_holds_sixty_random_bits_in_three_groups() -> None:
    code = new_lookup_code()
    groups = code.split("-")
    assert [len(group) for group in groups] == [4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)
    assert len(ALPHABET) == 2**5


def test_no_two_codes_are_alike() -> None:
    for make in (new_lookup_code, new_paper_id, new_handover_id):
        assert len({make() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "typed", ["7K4M-9QXR-2B8T", "7k4m9qxr2b8t", " 7K4M 9QXR 2B8T ", "7k4m.9qxr.2b8t"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_lookup_code(typed) == "7K4M-9QXR-2B8T"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert read_lookup_code("OIL0-0000-0000") == "0110-0000-0000"


@pytest.mark.parametrize("typed", ["", "7K4M-9QXR", "7K4M-9QXR-2B8TX", "7K4M-9QXR-2B8U", "đ" * 12])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_lookup_code(typed) is None
