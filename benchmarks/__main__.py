"""Measures everything, or what is named, and prints one table."""

import os
import sys
from collections.abc import Callable

from benchmarks import clocks, end_to_end, intake, outbound, receiving, tracking, views
from benchmarks.figures import Figure, show
from benchmarks.service import bench_folder
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.logging import configure_logging
from deploy.serving import spare_the_collector

MEASURES: dict[str, Callable[[EmbeddedPostgres, float], list[Figure]]] = {
    "receiving": receiving.measure,
    "intake": intake.measure,
    "views": views.measure,
    "end_to_end": end_to_end.measure,
    "tracking": tracking.measure,
    "clocks": clocks.measure,
    "outbound": outbound.measure,
}


def main() -> None:
    configure_logging("json", "warning")
    spare_the_collector()
    names = sys.argv[1:] or list(MEASURES)
    scale = 0.2 if os.environ.get("QUICK") else 1.0
    figures: list[Figure] = []
    with bench_folder() as server:
        for name in names:
            print(f"Measuring {name} …", file=sys.stderr, flush=True)
            figures += MEASURES[name](server, scale)
    show(figures)


if __name__ == "__main__":
    main()
