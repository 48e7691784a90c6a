"""The command line, command by command, on a real database."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.processes import ROOT, command, environment, serving


def refused(database_url: str, *arguments: str) -> str:
    """What a command says when it does not do what it is told."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        cwd=ROOT, env=environment(database_url), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def registered(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "parties.csv"
    file.write_text("code,kind,name\nDESK,desk,Bộ phận Một cửa\nVTP,operator,Viettel Post\n")
    command(database_url, "parties", "import", str(file))


def test_a_key_is_printed_alone_and_listed_without_its_secret(
    database_url: str, tmp_path: Path
) -> None:
    registered(database_url, tmp_path)
    key = command(database_url, "keys", "issue", "--party", "DESK", "--role", "desk")
    assert key.startswith("lc_")
    assert len(key.split()) == 1
    listed = command(database_url, "keys", "list")
    assert key.split("_")[1] in listed
    assert key not in listed

    command(database_url, "keys", "revoke", key.split("_")[1])
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(revoked_at) FROM credential").fetchone()
        told = connection.execute(
            "SELECT count(*) FROM stored_events WHERE topic LIKE 'party.credential-%'"
        ).fetchone()
    assert (row, told) == ((1,), (2,))


def test_a_key_for_nobody_is_refused_in_words(database_url: str) -> None:
    assert "NOBODY" in refused(database_url, "keys", "issue", "--party", "NOBODY", "--role", "desk")
    assert "nothing" in refused(database_url, "keys", "revoke", "nothing")


def test_only_the_province_gets_the_keys_of_the_province(database_url: str, tmp_path: Path) -> None:
    registered(database_url, tmp_path)
    said = refused(database_url, "keys", "issue", "--party", "DESK", "--role", "province")
    assert "province" in said


def test_connecting_a_carrier_twice_gives_two_valid_secrets(
    database_url: str, tmp_path: Path
) -> None:
    registered(database_url, tmp_path)
    connect = ("carriers", "connect", "viettelpost", "--operator", "VTP")
    first = command(database_url, *connect)
    second = command(database_url, *connect, "--secret", "its-own-secret")
    assert first.startswith("/hooks/viettelpost/")
    assert second == "/hooks/viettelpost/its-own-secret"
    with psycopg.connect(database_url) as connection:
        question = "SELECT count(*) FROM webhook_secret WHERE retired_at IS NULL"
        assert connection.execute(question).fetchone() == (2,)
    said = refused(database_url, "carriers", "connect", "pigeon", "--operator", "VTP")
    assert "viettelpost" in said


def test_an_import_with_faults_names_them_all_and_imports_nothing(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "parties.csv"
    file.write_text(
        "code,kind,name\nOK-1,desk,Tốt\nbad code,desk,Sai mã\nOK-2,castle,Sai loại\nOK-1,desk,Lặp\n"
    )
    said = refused(database_url, "parties", "import", str(file))
    for fault in ("line 3, code", "line 4, kind", "line 5, code"):
        assert fault in said
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM stored_events WHERE originator_id LIKE 'party:OK%'"
        ).fetchone()
    assert row == (0,)


def test_an_import_of_unknown_columns_says_so(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "parties.csv"
    file.write_text("code,kind,colour\nOK-1,desk,red\n")
    said = refused(database_url, "parties", "import", str(file))
    assert "colour" in said
    assert "name" in said


def test_importing_twice_registers_once(database_url: str, tmp_path: Path) -> None:
    registered(database_url, tmp_path)
    registered(database_url, tmp_path)
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM stored_events WHERE topic = 'party.registered'"
        ).fetchone()
    assert row == (3,)  # The province is one from the start.


def test_views_are_rebuilt_by_name_or_all(database_url: str, tmp_path: Path) -> None:
    registered(database_url, tmp_path)
    command(database_url, "rebuild", "custody")
    command(database_url, "rebuild")
    with psycopg.connect(database_url) as connection:
        found: dict[str, int] = dict(
            connection.execute("SELECT name, generation FROM view_position").fetchall()
        )
    assert found["custody"] == 3
    assert found["transfers"] == 2
    assert "custody" in refused(database_url, "rebuild", "clouds")


def test_what_is_parked_is_shown_and_retried(database_url: str, tmp_path: Path) -> None:
    registered(database_url, tmp_path)
    command(database_url, "rebuild")
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO view_parked VALUES ('parties', 'VTP', 3, 'KeyError')")
    assert "KeyError" in command(database_url, "parked")
    command(database_url, "parked", "--retry")
    assert "KeyError" not in command(database_url, "parked")


def test_settings_are_listed_and_secrets_are_not(database_url: str) -> None:
    listed = command(database_url, "settings")
    assert "LUANCHUYEN_INTAKE_BATCH_SIZE" in listed.replace("\n", "")
    assert environment(database_url)["LUANCHUYEN_MASTER_KEY"] not in listed


def test_the_doctor_says_what_is_wrong_and_what_to_do(database_url: str) -> None:
    command(database_url, "keys", "list")
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "doctor"],
        cwd=ROOT, env=environment(database_url), capture_output=True, text=True, check=False,
    )  # fmt: skip
    # The server of the tests forgets in a power cut, and the doctor sees it.
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "fsync off" in said
    assert "No carrier is connected" in said
    assert "carriers connect" in said


@pytest.mark.parametrize(
    "place", [("--data-dir", "x", "settings"), ("settings", "--data-dir", "x")]
)
def test_options_may_stand_before_and_behind_the_command(
    database_url: str, place: tuple[str, ...]
) -> None:
    assert "x" in command(database_url, *place)


def test_a_service_stops_when_it_is_told_to(database_url: str) -> None:
    with serving(database_url) as running:
        assert running.stop() == 0
