"""Figures with their references, as a table and as JSON."""

from __future__ import annotations

import math

Figures = dict[str, dict[str, float]]  # name -> {"value", "reference"}


def without_nan(figures: Figures) -> dict[str, dict[str, float | None]]:
    """JSON knows no NaN or infinity; a figure that does not exist (a class without pixels) is null."""
    return {name: {k: v if math.isfinite(v) else None for k, v in row.items()} for name, row in figures.items()}


def table(report: dict) -> str:
    """A report of a protocol as a markdown table."""
    counted = f"{report['pairs']} {report.get('of', 'pairs')}, {report['size']} px"
    head = f"| {counted} | {report['model']} | {report['reference']} |"
    rows = [f"| {k} | {shown(v['value'])} | {shown(v['reference'])} |" for k, v in report["figures"].items()]
    return "\n".join([head, "|---|---|---|", *rows])


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if abs(value) >= 10 else f"{value:.4f}"
