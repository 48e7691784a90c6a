"""Settings are read whole, refused by name when wrong, and never show a secret."""

import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.settings import (
    Settings,
    SettingsRefused,
    describe_settings,
    load_settings,
    refuse_misleading_variables,
)

KEY = base64.b64encode(b"k" * 32).decode()
OLD_KEY = base64.urlsafe_b64encode(b"\xff" * 32).decode()
URL = "postgresql://u:open-sesame@h/d"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DATABASE_URL", "POSTGRES_ENABLE_DB_FUNCTIONS", "LUANCHUYEN_DATA_DIR"):
        monkeypatch.delenv(variable, raising=False)


def test_the_environment_sets_and_the_command_line_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUANCHUYEN_PORT", "9000")
    monkeypatch.setenv("LUANCHUYEN_HOST", "0.0.0.0")  # noqa: S104  # Only read, never bound.
    settings = load_settings(port=9001, host=None)
    assert (settings.port, settings.host) == (9001, "0.0.0.0")  # noqa: S104  # As above.


def test_a_misspelt_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUANCHUYEN_PROT", "9000")
    with pytest.raises(SettingsRefused, match="LUANCHUYEN_PROT"):
        load_settings()


@pytest.mark.parametrize("value", ["1", "true", "Yes", "on", "anything"])
def test_the_insert_that_skips_the_table_lock_is_refused(value: str) -> None:
    with pytest.raises(SettingsRefused, match="skips events"):
        refuse_misleading_variables({"POSTGRES_ENABLE_DB_FUNCTIONS": value})


@pytest.mark.parametrize("value", ["", "0", "no", "False", "off"])
def test_the_insert_that_skips_the_table_lock_may_be_switched_off(value: str) -> None:
    refuse_misleading_variables({"POSTGRES_ENABLE_DB_FUNCTIONS": value})


def test_a_value_out_of_bounds_is_refused_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUANCHUYEN_PORT", "70000")
    with pytest.raises(SettingsRefused, match=r"^LUANCHUYEN_PORT: .*65535"):
        load_settings()


def test_a_shared_database_without_a_key_goes_by_that_of_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    embedded = load_settings(data_dir=data_dir).master_keys()
    assert load_settings(data_dir=data_dir).master_keys() == embedded


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"k" * 31).decode(), "!" * 44])
def test_a_key_that_is_none_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("LUANCHUYEN_MASTER_KEY", key)
    with pytest.raises(SettingsRefused, match=r"LUANCHUYEN_MASTER_KEY: .*32 bytes") as refused:
        load_settings()
    assert key not in str(refused.value)


def test_the_newest_key_seals_and_the_former_ones_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("LUANCHUYEN_MASTER_KEY", KEY)
    monkeypatch.setenv("LUANCHUYEN_FORMER_MASTER_KEYS", OLD_KEY)
    assert load_settings().master_keys() == (b"k" * 32, b"\xff" * 32)


def test_the_embedded_database_gets_a_key_of_its_own_and_keeps_it(data_dir: Path) -> None:
    first = load_settings(data_dir=data_dir / "new").master_keys()
    again = load_settings(data_dir=data_dir / "new").master_keys()
    file = data_dir / "new" / "master.key"
    assert first == again
    assert len(first[0]) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]


def test_processes_that_start_together_agree_on_the_key(data_dir: Path) -> None:
    program = (
        "import sys; from deploy.settings import load_settings;"
        "print(load_settings(data_dir=sys.argv[1]).master_keys())"
    )
    starting = [
        subprocess.Popen([sys.executable, "-c", program, data_dir], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    keys = {process.communicate()[0] for process in starting}
    assert len(keys) == 1
    assert keys != {b""}


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("LUANCHUYEN_MASTER_KEY", "")
    settings = load_settings()
    assert settings.database_url is None
    assert settings.master_key is None


def test_every_setting_is_described_and_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("LUANCHUYEN_MASTER_KEY", KEY)
    described = {line.variable: line for line in describe_settings(load_settings())}
    assert len(described) == len(Settings.model_fields)
    assert all(line.description for line in described.values())
    assert described["LUANCHUYEN_PORT"].default == "8080"
    assert "open-sesame" not in str(described)
    assert KEY not in str(described)
