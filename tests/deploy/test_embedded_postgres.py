"""The embedded PostgreSQL is shared by processes, and survives each of them being killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.database import open_database
from deploy.embedded_postgres import LONGEST_SOCKET_PATH, EmbeddedPostgres
from deploy.settings import load_settings

# Joins, says where, and stays until its input ends or it is killed.
USER = """
import sys
from deploy.database import open_database
from deploy.settings import load_settings
database = open_database(load_settings(data_dir=sys.argv[1]))
print(database.url, flush=True)
sys.stdin.read()
"""


@contextmanager
def user_of(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a process that uses the database of a data folder; it leaves at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, data_dir],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.communicate()


def address_from(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave(process: "subprocess.Popen[str]") -> None:
    process.communicate()
    assert process.returncode == 0


def server_pid(data_dir: Path) -> int | None:
    file = data_dir / "pgdata" / "postmaster.pid"
    return int(file.read_text().split()[0]) if file.exists() else None


def select_one(url: str) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_last_process_to_leave_stops_the_server(data_dir: Path) -> None:
    with user_of(data_dir) as first, user_of(data_dir) as second:
        address = address_from(first)
        assert address_from(second) == address
        leave(first)
        select_one(address)
        leave(second)
    assert server_pid(data_dir) is None


def test_a_killed_process_does_not_leave_it_unusable(data_dir: Path) -> None:
    with user_of(data_dir) as killed:
        address_from(killed)
        pid = server_pid(data_dir)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    with user_of(data_dir) as after:
        select_one(address_from(after))
        assert server_pid(data_dir) == pid
        leave(after)
    assert server_pid(data_dir) is None


def test_a_killed_server_comes_back_with_what_was_committed(data_dir: Path) -> None:
    settings = load_settings(data_dir=data_dir)
    with open_database(settings) as database:
        with psycopg.connect(database.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        pid = server_pid(data_dir)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    with open_database(settings) as database, psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_process_number_left_behind_and_taken_by_another_is_not_mistaken_for_the_server(
    data_dir: Path,
) -> None:
    settings = load_settings(data_dir=data_dir)
    open_database(settings).close()
    stale = data_dir / "pgdata" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n5432\n{stale.parent}\n\n1 1\nready\n")
    with open_database(settings) as database:
        select_one(database.url)


def test_a_start_killed_half_way_is_made_good(data_dir: Path) -> None:
    half_made = data_dir / "pgdata.unfinished"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    with open_database(load_settings(data_dir=data_dir)) as database:
        select_one(database.url)


def test_a_data_folder_of_another_major_version_is_refused(data_dir: Path) -> None:
    (data_dir / "pgdata").mkdir()
    (data_dir / "pgdata" / "PG_VERSION").write_text("16\n")
    with pytest.raises(RuntimeError, match="made by PostgreSQL 16"):
        EmbeddedPostgres(data_dir).join()


def test_a_path_too_long_for_a_socket_is_no_obstacle(data_dir: Path) -> None:
    deep = data_dir / ("d" * LONGEST_SOCKET_PATH)
    with open_database(load_settings(data_dir=deep)) as database:
        select_one(database.url)


def test_it_keeps_what_it_acknowledges_and_listens_on_no_port(data_dir: Path) -> None:
    with (
        open_database(load_settings(data_dir=data_dir)) as database,
        psycopg.connect(database.url) as connection,
    ):
        for name, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "server_encoding": "UTF8",
        }.items():
            found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert found == (value,), name


def test_its_log_repeats_nothing_of_a_failed_statement(data_dir: Path) -> None:
    with (
        open_database(load_settings(data_dir=data_dir)) as database,
        psycopg.connect(database.url, autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE person (phone text PRIMARY KEY)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO person VALUES (%s)", ["0912345678"])
            except psycopg.errors.UniqueViolation:
                break
        else:
            pytest.fail("The second insert was to fail.")
    assert "0912345678" not in (data_dir / "pgdata" / "server.log").read_text()
