"""`luanchuyen simulate`: believable traffic for a running service."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer
from rich.console import Console

from deploy.progress import shown_progress
from deploy.simulating import simulate, summary_table
from deploy.simulation import Window
from deploy.simulation.province import IN_FORCE_FROM

Simulate = Callable[..., None]
_DAY: Final = ["%Y-%m-%d"]


def simulate_command(people: Console, output: Callable[[], Console]) -> Simulate:
    """The command; progress is for people, the summary is its output."""

    def command(
        dossiers: Annotated[int, typer.Option(min=1, help="How many dossiers.")],
        url: Annotated[str, typer.Option(help="The running service.")],
        key: Annotated[str, typer.Option(help="A key of the province.")],
        days: Annotated[
            int | None, typer.Option(min=1, max=366, help="Over how many days, ending now.")
        ] = None,
        first: Annotated[
            datetime | None,
            typer.Option("--from", formats=_DAY, help="Instead: received from this day on."),
        ] = None,
        last: Annotated[
            datetime | None, typer.Option("--to", formats=_DAY, help="Received up to this day.")
        ] = None,
        seed: Annotated[int, typer.Option(help="The same seed plans the same traffic.")] = 1,
    ) -> None:
        """Send the believable traffic of a province to a running service.

        Either of the last --days, or dossiers received --from a day --to a day, each told to its end
        or to the present; the same seed, --from and --to are the same dossiers, so a store takes
        them once.
        """
        window = _window(days, first, last)
        with shown_progress(people) as progress:
            sending = simulate(
                url, key, dossiers=dossiers, window=window, seed=seed, progress=progress
            )
            summary = asyncio.run(sending)
        output().print(summary_table(summary))

    return command


def _window(days: int | None, first: datetime | None, last: datetime | None) -> Window:
    """The window that is meant; raises `typer.BadParameter` when none is, or two are."""
    now = datetime.now(UTC)
    match days, first, last:
        case int(), None, None:
            return Window.last_days(days, now)
        case None, datetime(), datetime():
            return _between(first.date(), last.date(), now)
    raise typer.BadParameter("Either --days, or --from and --to, are needed.")


def _between(first: date, last: date, now: datetime) -> Window:
    if not date.fromisoformat(IN_FORCE_FROM) <= first <= last:
        raise typer.BadParameter(
            f"--from lies neither before {IN_FORCE_FROM}, when this province began, nor behind --to."
        )
    window = Window.of(first, last, now)
    if window.first >= now:
        raise typer.BadParameter("--from lies in the future, and nothing has happened there yet.")
    return window
