"""The command line: every command reads its settings, opens the parts, calls one function, and prints.

What a script may want goes to standard output (a key, a path); everything said to people goes to
standard error.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from deploy import administration, doctor, due_dates, serving
from deploy.cli_procedures import procedures_commands
from deploy.cli_provincial import provincial_commands
from deploy.cli_simulate import simulate_command
from deploy.logging import configure_logging
from deploy.parts import CARRIERS, Parts, open_parts
from deploy.progress import shown_progress
from deploy.settings import Settings, SettingsRefused, describe_settings, load_settings
from deploy.simulating import demonstration
from logistics.credentials import Role
from logistics.errors import LuanChuyenError
from logistics.identifiers import DossierCode, PartyCode
from projections.parking import list_parked, retry_parked
from projections.rebuild import rebuild as rebuild_views
from projections.views import NAMES

app: Final = typer.Typer(
    name="luanchuyen",
    help="Where each dossier and each original paper is, who holds it, and since when.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys: Final = typer.Typer(help="Keys that parties act with.", no_args_is_help=True)
carriers: Final = typer.Typer(help="Carriers that may push to us.", no_args_is_help=True)
parties: Final = typer.Typer(help="Desks, agents, operators, agencies.", no_args_is_help=True)
app.add_typer(keys, name="keys")
app.add_typer(carriers, name="carriers")
app.add_typer(parties, name="parties")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of the embedded database.", show_default=False),
]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")]

_people: Final = Console(stderr=True)
_given: dict[str, Any] = {}


def main() -> None:
    """Run a command; what was refused is told in words, not as a trace."""
    try:
        app()
    except SettingsRefused as refused:
        _stop(str(refused), 2)
    except LuanChuyenError as error:
        _stop(administration.told(error), 1)
    except (psycopg.OperationalError, OSError) as error:
        _stop(f"{type(error).__name__}: {error}", 1)


def _stop(reason: str, status: int) -> None:
    _people.print(reason, style="red", markup=False, highlight=False)
    sys.exit(status)


@app.callback()
def common(data_dir: DataDir = None) -> None:
    """Options may stand before the command or behind it."""
    _given.clear()
    _given["data_dir"] = data_dir


def _output() -> Console:
    """Where tables go; one that a program reads has room for its lines."""
    console = Console()
    return console if console.is_terminal else Console(width=200)


def _settings(**given: Any) -> Settings:
    options = {**_given, **{name: value for name, value in given.items() if value is not None}}
    settings = load_settings(**options)
    configure_logging(settings.log_format, settings.log_level)
    return settings


@contextmanager
def _parts(**given: Any) -> Iterator[Parts]:
    with open_parts(_settings(**given)) as parts:
        yield parts


app.add_typer(procedures_commands(_parts, _people), name="procedures")
app.add_typer(provincial_commands(_parts, _output), name="provincial")
app.command("simulate")(simulate_command(_people, _output))


# --- running ---


@app.command()
def serve(
    port: Port = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    demo: Annotated[
        bool, typer.Option(help="Fill an empty store with a month of traffic.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Run everything in one process."""
    with _parts(port=port, host=host, data_dir=data_dir) as parts:
        once_up = demonstration(parts, _people) if demo else None
        serving.serve(parts, web=True, tasks=serving.ALL_TASKS, once_up=once_up)


@app.command()
def web(
    port: Port = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Answer requests and receive pushes; workers do the rest."""
    with _parts(port=port, host=host, data_dir=data_dir) as parts:
        serving.serve(parts, web=True, tasks=())


@app.command()
def worker(
    only: Annotated[
        list[serving.TaskName] | None, typer.Option(help="Do only this; may be given repeatedly.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Turn receipts into events, and events into views."""
    with _parts(data_dir=data_dir) as parts:
        serving.serve(parts, web=False, tasks=tuple(only or serving.ALL_TASKS))


# --- parties, keys, carriers ---


@keys.command("issue")
def issue_key(
    party: Annotated[str, typer.Option(help="The party the key belongs to.")],
    role: Annotated[Role, typer.Option(help="What the key lets it do.")],
    data_dir: DataDir = None,
) -> None:
    """Print a new key, this once."""
    with _parts(data_dir=data_dir) as parts:
        key = administration.issue_key(parts, PartyCode(party), role)
    _people.print(f"Key {key.id} of {party}, role {role}. It is shown this once:", markup=False)
    print(key.text)


@keys.command("revoke")
def revoke_key(
    credential_id: Annotated[str, typer.Argument(metavar="ID")], data_dir: DataDir = None
) -> None:
    """Make a key open nothing from now on."""
    with _parts(data_dir=data_dir) as parts:
        revoked = administration.revoke_key(parts, credential_id)
    _people.print(f"Key {revoked.id} of {revoked.party} is revoked.", markup=False)


@keys.command("list")
def list_keys(
    party: Annotated[str | None, typer.Option(help="Only the keys of this party.")] = None,
    data_dir: DataDir = None,
) -> None:
    """List every key, revoked ones too; never the keys themselves."""
    with _parts(data_dir=data_dir) as parts:
        found = administration.list_keys(parts, PartyCode(party) if party else None)
    table = Table("id", "party", "role", "issued", "revoked")
    for key in found:
        revoked = key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else ""
        issued = key.issued_at.isoformat(timespec="seconds")
        table.add_row(key.id, key.party, key.role.value, issued, revoked)
    _output().print(table)


@carriers.command("connect")
def connect_carrier(
    carrier: Annotated[str, typer.Argument(help=f"One of {', '.join(CARRIERS)}.")],
    operator: Annotated[str, typer.Option(help="The party that the carrier is.")],
    secret: Annotated[str | None, typer.Option(help="The carrier's own; made if missing.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Print the path to give to a carrier. Once more: a second valid secret, for a rotation."""
    if carrier not in CARRIERS:
        raise typer.BadParameter(f"There is no carrier {carrier}; there are {', '.join(CARRIERS)}.")
    with _parts(data_dir=data_dir) as parts:
        path = administration.connect_carrier(parts, carrier, PartyCode(operator), secret)
    print(path)


@parties.command("import")
def import_parties(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], data_dir: DataDir = None
) -> None:
    """Register the parties of a CSV file; with one fault in it, none."""
    with _parts(data_dir=data_dir) as parts:
        done = administration.import_parties(parts, file)
    _people.print(f"{done.registered} registered, {done.known_already} known already.")


@app.command()
def erase(
    dossier: Annotated[str, typer.Argument(metavar="CODE")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Erase what is personal about a dossier; what happened to it stays on record."""
    if not yes:
        typer.confirm(f"Erase the personal data of {dossier}? It cannot be undone.", abort=True)
    with _parts(data_dir=data_dir) as parts:
        administration.erase_personal_data(parts, DossierCode(dossier))
    _people.print(f"What was personal about {dossier} is erased.", markup=False)


# --- views ---


@app.command()
def rebuild(
    views: Annotated[list[str] | None, typer.Argument(metavar="[VIEW]…")] = None,
    data_dir: DataDir = None,
) -> None:
    """Rebuild views beside the live ones, and switch when they have caught up."""
    for name in views or ():
        if name not in NAMES:
            raise typer.BadParameter(f"There is no view {name}; there are {', '.join(NAMES)}.")
    with _parts(data_dir=data_dir) as parts, shown_progress(_people) as progress:
        chosen = [view for view in parts.views if not views or view.name in views]
        rebuild_views(
            parts.database.url,
            chosen,
            batch_size=parts.settings.rebuild_batch_size,
            progress=progress,
        )


@app.command()
def parked(
    retry: Annotated[bool, typer.Option(help="Fold again what is parked.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show what a view could not fold; the rest of the view goes on without it."""
    with _parts(data_dir=data_dir) as parts:
        if retry:
            healed = retry_parked(parts.database.url, parts.views)
            _people.print(f"{healed} healed.")
        table = Table("view", "key", "since position", "events", "error")
        for row in list_parked(parts.database.url):
            table.add_row(row.view, row.key, str(row.position), str(row.events), row.error)
    _output().print(table)


# --- clocks ---


@app.command()
def due(
    start: Annotated[str | None, typer.Option(help="RFC 3339, with offset.")] = None,
    limit: Annotated[str | None, typer.Option(help="As in 3wd, 8wh or 5cd.")] = None,
    party: Annotated[str | None, typer.Option(help="Whose office hours count.")] = None,
    batch: Annotated[
        bool, typer.Option(help="Read `start limit` lines from standard input.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Say when a limit runs out, and how that comes about, a line a day."""
    hours = None
    if party is not None:
        with _parts(data_dir=data_dir) as parts:
            hours = administration.office_hours_of(parts, PartyCode(party))
    if batch:
        for line in sys.stdin:
            if line.strip():
                print(due_dates.due_line(line, hours))
        return
    if start is None or limit is None:
        raise typer.BadParameter("--start and --limit are needed, or --batch.")
    for line in due_dates.due_lines(start, limit, hours):
        print(line)


# --- looking around ---


@app.command()
def settings(data_dir: DataDir = None) -> None:
    """List every setting, its variable, its value and what it is for."""
    table = Table("variable", "value", "default", "what it is for")
    for each in describe_settings(_settings(data_dir=data_dir)):
        table.add_row(each.variable, each.value, each.default, each.description)
    _output().print(table)


@app.command("doctor")
def examine(data_dir: DataDir = None) -> None:
    """Say what is wrong, and what to do about it."""
    styles = {
        doctor.Verdict.FINE: "green",
        doctor.Verdict.LOOK: "yellow",
        doctor.Verdict.WRONG: "red",
    }
    worst = doctor.Verdict.FINE
    for finding in doctor.examine(_settings(data_dir=data_dir)):
        _output().print(
            f"[{styles[finding.verdict]}]{finding.verdict}[/] {finding.what} {finding.advice}"
        )
        if finding.verdict is doctor.Verdict.WRONG:
            worst = finding.verdict
    if worst is doctor.Verdict.WRONG:
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
