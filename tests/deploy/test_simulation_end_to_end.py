"""The simulation against the real service: nothing of what a believable province does is refused."""

import re
from datetime import UTC, datetime
from io import StringIO

import aiohttp
from rich.console import Console

from deploy.administration import list_keys
from deploy.simulating import demonstration
from deploy.simulation import Window, draw_plan, simulate
from deploy.simulation.acts import Kind
from tests.support.processes import command, serving
from tests.support.service import parts_of


async def test_what_a_province_sends_is_all_acknowledged(database_url: str) -> None:
    window = Window.last_days(20, datetime.now(UTC))
    progress: list[tuple[str, int, int]] = []
    with serving(database_url) as running:
        key = command(database_url, "keys", "issue", "--party", "province", "--role", "province")
        summary = await simulate(
            running.url,
            key,
            dossiers=12,
            window=window,
            seed=11,
            progress=lambda *told: progress.append(told),
        )
    plan = draw_plan(dossiers=12, seed=11, window=window)
    assert dict(summary.refused) == {}
    assert summary.acknowledged[Kind.DOSSIER] == 12
    assert summary.total == plan.size
    assert progress[-1] == ("acts", plan.size, plan.size)


async def test_a_demonstration_fills_an_empty_store_once_and_says_what_to_try(
    database_url: str,
) -> None:
    with serving(database_url) as running, parts_of(database_url) as parts:
        printed = StringIO()
        await demonstration(parts, Console(file=printed))(running.url)
        keys = list(list_keys(parts))
        filled_to = parts.store.last_position()
        (link, digits), *others = re.findall(
            r"(http\S+code=\S+)  phone ends in (\d{4})", printed.getvalue()
        )
        (auditor,) = re.findall(r"(lc_\S+)  auditor", printed.getvalue())
        (dossier,) = re.findall(r"(H20-\S+): three originals", printed.getvalue())
        assert len(others) == 2
        assert filled_to > 500
        async with aiohttp.ClientSession() as anybody:
            lookup_code = link.rpartition("=")[2]
            look_up = f"{running.url}/v1/tracking/{lookup_code}?phone={digits}&at_least={filled_to}"
            async with anybody.get(look_up) as answer:
                assert answer.status == 200
            bearer = {"Authorization": f"Bearer {auditor}"}
            audit = f"{running.url}/v1/audit/dossiers/{dossier}"
            async with anybody.get(audit, headers=bearer) as answer:
                names = [event["name"] for event in (await answer.json())["items"]]
        assert {"paper.disputed", "paper.found", "dossier.decided"} <= set(names)

        again = StringIO()
        await demonstration(parts, Console(file=again))(running.url)
        assert "filled already" in again.getvalue()
        assert list(list_keys(parts)) == keys
