"""UPU S10 item numbers: two letters, eight digits, a check digit, the country's two letters."""

import re
from operator import mul

_SHAPE = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}", re.ASCII)
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)

WARNING = "s10-check-digit"


def check_digit(serial: str) -> int:
    """The check digit of eight digits (UPU S10): 11 minus the weighted sum modulo 11."""
    total: int = sum(map(mul, _WEIGHTS, map(int, serial)))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)


def warnings_about(number: str) -> tuple[str, ...]:
    """A warning when the number looks like S10 and its check digit is wrong.

    A warning only: carriers' own documentation prints such numbers, and many domestic numbers are
    not S10 at all.
    """
    found = _SHAPE.fullmatch(number)
    if found is None or check_digit(found[1]) == int(found[2]):
        return ()
    return (WARNING,)
