"""`luanchuyen simulate`, as it is typed."""

from datetime import date

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.simulation import Window, draw_plan
from tests.support.processes import command, serving

NOWHERE = ("--dossiers", "1", "--url", "http://127.0.0.1:1", "--key", "lc_none")
YEAR = ("--from", "2026-01-01", "--to", "2026-09-30")


def refusal(*arguments: str) -> str:
    """What is said to options that do not go together, without the frame around it."""
    told = CliRunner().invoke(app, ["simulate", *NOWHERE, *arguments])
    assert told.exit_code == 2
    return " ".join(word for word in told.output.split() if word.strip("│╭╮╰╯─"))


@pytest.mark.parametrize(
    "window", [(), ("--days", "3", *YEAR), YEAR[:2], YEAR[2:], ("--days", "3", *YEAR[:2])]
)
def test_either_days_or_a_first_and_a_last_day_are_needed(window: tuple[str, ...]) -> None:
    assert "Either --days, or --from and --to, are needed." in refusal(*window)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-09-30", "2026-01-01"), ("2025-06-30", "2026-01-01")]
)
def test_a_first_day_behind_the_last_or_before_the_province_is_refused(
    first: str, last: str
) -> None:
    assert "neither before 2025-07-01" in refusal("--from", first, "--to", last)


def test_what_lies_in_the_future_is_not_simulated() -> None:
    assert "nothing has happened there yet" in refusal("--from", "2999-01-01", "--to", "2999-02-01")


def test_months_are_sent_and_summed_up_with_what_was_planned_to_go_wrong(database_url: str) -> None:
    first, last = date(2026, 1, 1), date(2026, 9, 30)
    plan = draw_plan(dossiers=25, seed=4, window=Window.of(first, last))
    assert plan.breaches
    with serving(database_url) as running:
        key = command(database_url, "keys", "issue", "--party", "province", "--role", "province")
        options = ("--dossiers", "25", "--seed", "4", "--url", running.url, "--key", key)
        told = _told(command(database_url, "simulate", *options, *YEAR))
    assert told["acknowledged"]["dossiers received"] == 25
    assert "refused" not in told
    assert told["breaches planned"] == plan.breaches
    assert told.get("alarms left open", {}) == plan.alarms


def _told(printed: str) -> dict[str, dict[str, int]]:
    """How many of each, by group, as the table has it."""
    told: dict[str, dict[str, int]] = {}
    for line in printed.splitlines():
        cells = [cell.strip() for cell in line.split("│")]
        if len(cells) == 5:
            told.setdefault(cells[1], {})[cells[2]] = int(cells[3])
    return told
