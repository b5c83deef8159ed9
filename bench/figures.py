"""What a measurement prints: a plain table, medians, and the state of the disk and the machine beside them."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

MEMORY_DISK = Path("/dev/shm")


def show(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that reads well as it is, and that Markdown understands; the first column is words."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = tuple("-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths))
    for line in (lines[0], rule, *lines[1:]):
        cells = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def goal(words: str, *, reached: bool) -> None:
    """Print what was to be reached, and whether it was."""
    print(f"goal {words}: {'reached' if reached else 'NOT reached'}", flush=True)


def middle(values: Iterable[float]) -> float:
    """The median."""
    return float(median(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` in (0, 1]."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 1).__int__() - 1)]


def conditions() -> str:
    """One line about when and where: the disk's fdatasync p50, the load, the versions."""
    load = os.getloadavg()[0]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"{now}; Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f};"
        f" fdatasync p50 {fdatasync_ms(Path(tempfile.gettempdir())):.2f} ms on disk,"
        f" {fdatasync_ms(MEMORY_DISK):.3f} ms in memory"
    )


def fdatasync_ms(folder: Path, times: int = 100) -> float:
    """The median of syncing 4 KiB appended to a file in `folder`, in milliseconds."""
    spent = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            os.write(file.fileno(), bytes(4096))
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            spent.append((time.perf_counter() - begun) * 1000)
    return middle(spent)
