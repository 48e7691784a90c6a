"""Believable traffic of a province, sent to a running service through its public interfaces only."""

from deploy.simulation.demo import DemoKey, DemoLinks, Example, fill_demo
from deploy.simulation.plan import Plan, Window, draw_plan
from deploy.simulation.summary import Summary
from deploy.simulation.traffic import simulate

__all__ = [
    "DemoKey",
    "DemoLinks",
    "Example",
    "Plan",
    "Summary",
    "Window",
    "draw_plan",
    "fill_demo",
    "simulate",
]
