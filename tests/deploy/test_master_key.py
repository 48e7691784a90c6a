"""One database, one master key: a process with another one is told before it seals anything."""

import pytest

from deploy.master_key import check_master_keys, fingerprint
from deploy.settings import SettingsRefused

OLD, NEW, STRANGE = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32


def test_the_first_key_is_noted_and_the_same_key_is_fine(database_url: str) -> None:
    check_master_keys(database_url, [OLD])
    check_master_keys(database_url, [OLD])


def test_another_key_is_refused(database_url: str) -> None:
    check_master_keys(database_url, [OLD])
    with pytest.raises(SettingsRefused, match="another master key"):
        check_master_keys(database_url, [STRANGE])


def test_a_new_key_in_front_of_the_old_one_takes_its_place(database_url: str) -> None:
    check_master_keys(database_url, [OLD])
    check_master_keys(database_url, [NEW, OLD])
    check_master_keys(database_url, [NEW])
    with pytest.raises(SettingsRefused):
        check_master_keys(database_url, [OLD])


def test_a_fingerprint_says_nothing_of_its_key() -> None:
    assert OLD.hex() not in fingerprint(OLD)
    assert fingerprint(OLD) != fingerprint(NEW)
