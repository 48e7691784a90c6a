"""A real PostgreSQL out of a wheel, shared by every process that works in one data folder.

The wheel brings the programs; starting, sharing and stopping are ours, because each of them has to
survive a killed process. Who uses the server is known by locks the kernel takes back when a process
dies, not by a list of process numbers, so nobody has to clean up after anybody.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg

from deploy.postgres_programs import POSTGRES_MAJOR, Programs

SUPERUSER = "postgres"
START_TIMEOUT_SECONDS = 300  # Recovery after a power cut replays the log first.
STOP_TIMEOUT_SECONDS = 60.0
ORPHANS_TIMEOUT_SECONDS = 30
NOBODY = 2**31 - 1  # Above the highest process number of any system.
LONGEST_SOCKET_PATH = 103  # What the smallest `sun_path` (macOS) holds, less its closing zero.

DURABLE: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",  # Solid state is the rule; the default is from the time of disks.
    "jit": "off",  # Our queries are short; compiling them costs more than running them.
    "timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # Statements carry personal data; the log must not.
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


class EmbeddedPostgres:
    """The PostgreSQL of one data folder: the first process to join starts it, the last stops it."""

    def __init__(self, data_dir: Path, options: Mapping[str, str] = DURABLE) -> None:
        self.folder = data_dir.expanduser().resolve()
        self.pgdata = self.folder / "pgdata"
        self._options = options
        self._presence: IO[bytes] | None = None
        self._joined_by = 0

    def join(self) -> None:
        """Start the server unless it runs already, and be counted among its users."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._doorway():
            if not self._accepts_connections():
                self._start()
            self._presence = (self.folder / "postgres.users").open("ab")
            fcntl.flock(self._presence, fcntl.LOCK_SH)
            self._joined_by = os.getpid()

    def leave(self) -> None:
        """Stop being counted, and stop the server when nobody else is."""
        # A forked child shares the lock of its parent, and must not close the house behind it.
        if self._presence is None or self._joined_by != os.getpid():
            return
        with self._doorway(), self._presence as presence:
            self._presence = None
            try:
                # Turns the shared lock into the only one, if it is the only one.
                fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._stop()

    def url(self, database: str) -> str:
        """Where libpq finds a database of this server."""
        socket = quote(str(self._socket_folder()), safe="")
        return f"postgresql://{SUPERUSER}@/{database}?host={socket}"

    @contextmanager
    def _doorway(self) -> Iterator[None]:
        """One process at a time comes in or goes out, so nobody joins a server being stopped."""
        with (self.folder / "postgres.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        programs = Programs(self.folder)
        if not (self.pgdata / "PG_VERSION").exists():
            self._create(programs)
        self._refuse_other_major()
        self._wait_for_predecessor()
        options = {"unix_socket_permissions": "0700", "listen_addresses": "", **self._options}
        options["unix_socket_directories"] = str(self._new_socket_folder(programs))
        flags = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())
        give_up_at = time.monotonic() + ORPHANS_TIMEOUT_SECONDS
        while (trouble := self._try_to_start(programs, flags)) is not None:
            # Sessions of a server killed alone take a moment to notice; PostgreSQL waits for none.
            if "still in use" not in trouble or time.monotonic() > give_up_at:
                raise RuntimeError(f"PostgreSQL did not start.\n{trouble}")
            time.sleep(0.1)

    def _try_to_start(self, programs: Programs, flags: str) -> str | None:
        """Start once; answer the last words of a server that did not come up."""
        log = self.pgdata / "server.log"
        already = log.stat().st_size if log.exists() else 0
        timeout = str(START_TIMEOUT_SECONDS)
        try:
            programs.run(
                "pg_ctl", "start", "-w", "-t", timeout, "-D", self.pgdata, "-l", log, "-o", flags
            )
        except RuntimeError as error:
            return log.read_bytes()[already:].decode(errors="replace")[-2000:] or str(error)
        return None

    def _create(self, programs: Programs) -> None:
        """Make the data folder aside and move it in whole: a kill half-way leaves no half."""
        unfinished = self.folder / "pgdata.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        programs.own(unfinished)
        programs.run(
            "initdb", "-D", unfinished, "-U", SUPERUSER, "--auth-local=trust", "--auth-host=reject",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip  # One flag a line says no more.
        unfinished.rename(self.pgdata)

    def _refuse_other_major(self) -> None:
        found = (self.pgdata / "PG_VERSION").read_text().strip()
        if found != str(POSTGRES_MAJOR):
            raise RuntimeError(
                f"The data folder was made by PostgreSQL {found}, this is {POSTGRES_MAJOR}:"
                " move the data with pg_dump and pg_restore."
            )

    def _wait_for_predecessor(self) -> None:
        """Let a server that is coming up or going down finish; disown one that is dead."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while (pid := self._postmaster_line(0)) is not None:
            if not _is_postgres(int(pid)):
                self._disown()
                return
            if self._accepts_connections():
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL (process {pid}) neither comes up nor goes down.")
            time.sleep(0.05)

    def _disown(self) -> None:
        """Replace the number of a dead server by one that no process has.

        PostgreSQL asks only whether the number is taken, and it may be by now: by anybody after a
        container restarts, by a corpse where nobody buries. The rest of the file stays, for it
        names the shared memory by which PostgreSQL finds sessions of the dead server still at work.
        """
        file = self.pgdata / "postmaster.pid"
        _, separator, rest = file.read_text().partition("\n")
        file.write_text(f"{NOBODY}{separator}{rest}")
        (self._socket_folder() / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _stop(self) -> None:
        pid = self._postmaster_line(0)
        if pid is None or not _is_postgres(int(pid)):
            return
        socket_folder = self._socket_folder()
        # Waited for by its number: one that was killed this moment never removes its file.
        Programs(self.folder).run("pg_ctl", "stop", "-W", "-m", "fast", "-D", self.pgdata)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while _is_postgres(int(pid)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL (process {pid}) does not go down.")
            time.sleep(0.02)
        if socket_folder != self.pgdata:
            socket_folder.rmdir()

    def _accepts_connections(self) -> bool:
        if self._postmaster_line(4) is None:
            return False
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _socket_folder(self) -> Path:
        return Path(self._postmaster_line(4) or self.pgdata)

    def _new_socket_folder(self, programs: Programs) -> Path:
        """The data folder itself, or a short private one where its path is too long for a socket."""
        if len(os.fsencode(self.pgdata / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.pgdata
        name = hashlib.sha256(os.fsencode(self.pgdata)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"luanchuyen-{os.geteuid()}-{name}"
        programs.own(folder)
        return folder

    def _postmaster_line(self, number: int) -> str | None:
        """A line of `postmaster.pid` (0: process, 4: socket folder); None when there is none yet."""
        try:
            lines = (self.pgdata / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        return lines[number].strip() or None if number < len(lines) else None


def _is_postgres(pid: int) -> bool:
    """Whether a number is that of a live PostgreSQL."""
    try:
        process = psutil.Process(pid)
        return bool(process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
