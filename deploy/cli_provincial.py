"""`luanchuyen provincial`: what the provincial portal would not take, and how to push it again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from deploy.parts import Parts
from partners.provincial import list_put_aside, retry_put_aside

OpenParts = Callable[..., AbstractContextManager[Parts]]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the embedded database.")
]


def provincial_commands(open_parts: OpenParts, output: Callable[[], Console]) -> typer.Typer:
    """The commands, on parts that are opened as everywhere."""
    commands: Final = typer.Typer(help="The provincial portal.", no_args_is_help=True)

    @commands.command("put-aside")
    def put_aside(data_dir: DataDir = None) -> None:
        """List what the portal has rejected, with its own code."""
        with open_parts(data_dir=data_dir) as parts:
            found = list_put_aside(parts.database.url)
        table = Table("dossier", "position", "service", "code", "since")
        for each in found:
            since = each.put_aside_at.isoformat(timespec="seconds")
            table.add_row(each.dossier, str(each.position), each.service, each.code, since)
        output().print(table)

    @commands.command("retry")
    def retry(
        dossier: Annotated[str | None, typer.Option(help="Only of this dossier.")] = None,
        data_dir: DataDir = None,
    ) -> None:
        """Let the worker push again what was put aside: a dossier as it is by now."""
        with open_parts(data_dir=data_dir) as parts:
            count = retry_put_aside(parts.database.url, dossier)
        output().print(f"{count} to be pushed again.")

    return commands
