"""`luanchuyen procedures`: the catalogue of procedures, as officers keep it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from deploy.catalogue.importing import import_procedures
from deploy.catalogue.template import write_template
from deploy.parts import Parts

OpenParts = Callable[..., AbstractContextManager[Parts]]


def procedures_commands(open_parts: OpenParts, people: Console) -> typer.Typer:
    """The commands, on parts that are opened as everywhere."""
    commands: Final = typer.Typer(help="The catalogue of procedures.", no_args_is_help=True)

    @commands.command("import")
    def import_catalogue(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE")],
        data_dir: Annotated[
            Path | None, typer.Option("--data-dir", help="Folder of the embedded database.")
        ] = None,
    ) -> None:
        """State the procedures of a .csv or .xlsx file; with one fault in it, none.

        The columns are those of Phụ lục 2 and Mẫu số 1 of KH 20/KH-UBND, and what a clock needs
        besides; `luanchuyen procedures template` writes them into an empty form.
        """
        with open_parts(data_dir=data_dir) as parts:
            done = import_procedures(parts, file)
        people.print(f"{done.stated} stated, {done.known_already} known already.")

    @commands.command("template")
    def template(
        file: Annotated[Path, typer.Argument(dir_okay=False, metavar="FILE.xlsx")],
    ) -> None:
        """Write an empty form for `import`."""
        if file.exists():
            raise typer.BadParameter(f"There is a file {file} already.")
        write_template(file)
        people.print(f"The form is in {file}.", markup=False)

    return commands
