"""`python -m benchmarks`: all figures, one JSON line each as it is found, and a table at the end."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import statistics
import time
from dataclasses import asdict, dataclass

from benchmarks import fanout, ours, starting, statements, taps
from benchmarks.stage import Bot, pin

PEERS = ("aiogram, F", "aiogram, factories")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is, its value, and the bar it has to reach, if it has one."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    more: bool = False
    """Whether more is better; else less is."""

    @property
    def verdict(self) -> str:
        """Whether it reaches its bar."""
        if self.bar is None:
            return ""
        return "met" if (self.value >= self.bar if self.more else self.value <= self.bar) else "NOT MET"

    @property
    def wanted(self) -> str:
        """The bar in words."""
        return "" if self.bar is None else f"{'≥' if self.more else '≤'} {self.bar:g}"


class Report:
    """The figures so far."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def add(
        self, name: str, value: float, unit: str, bar: float | None = None, *, more: bool = False
    ) -> None:
        """One figure more, printed at once."""
        figure = Figure(name, round(value, 3), unit, bar, more)
        self.figures.append(figure)
        print(json.dumps(asdict(figure) | {"verdict": figure.verdict}, ensure_ascii=False), flush=True)

    def table(self) -> str:
        """All of them, to be read."""
        rows = [("figure", "value", "bar", "")]
        rows += [
            (one.name, f"{one.value:,.{_digits(one.value)}f} {one.unit}".strip(), one.wanted, one.verdict)
            for one in self.figures
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip()
            for row in rows
        )


def _digits(value: float) -> int:
    return 0 if value >= 1_000 or value == int(value) else 1 if value >= 100 else 2


async def measure_taps(report: Report, number: int) -> None:
    """A tap against the peer in both forms, and how many a second when fifty parents tap at once."""
    async with taps.all_bots(number * 55 + 1_500, 0) as bots:
        found = await taps.rounds(bots, number, 50)
        medians = {name: statistics.median(seconds) for name, seconds in found.items()}
        means = {name: statistics.fmean(seconds) for name, seconds in found.items()}
        for name, seconds in found.items():
            report.add(f"tap, {name}: median of {len(seconds):,}", medians[name] * 1e3, "ms")
            report.add(f"tap, {name}: mean", means[name] * 1e3, "ms")
        report.add("tap: Klasno / faster peer, medians", _ratio(medians), "×", 1.0)
        report.add("tap: Klasno / faster peer, means", _ratio(means), "×", 1.0)
        for bot in bots:
            rates = [await taps.crowd(bot, 50, 4) for _ in range(3)]
            report.add(f"50 parents at once, {bot.name}", statistics.median(rates), "taps/s")


def _ratio(of: dict[str, float]) -> float:
    return of["Klasno"] / min(of[peer] for peer in PEERS)


async def measure_growth(report: Report, number: int, least: int, most: int) -> None:
    """What it costs to have many steps, or handlers, that are not meant: the same taps with few and with many."""
    async with taps.all_bots(number * 60, least) as few, taps.all_bots(number * 60, most) as many:
        for bot in few:
            bot.name += f", {least}"
        for bot in many:
            bot.name += f", {most}"
        pairs: list[Bot] = [bot for pair in zip(few, many, strict=True) for bot in pair]
        found = await taps.rounds(pairs, number, 25)
        for one, other in zip(few, many, strict=True):
            grown = statistics.median(found[other.name]) / statistics.median(found[one.name])
            name = one.name.removesuffix(f", {least}")
            bar = 1.1 if name == "Klasno" else None
            report.add(f"tap with {most} steps / with {least}, {name}", grown, "×", bar)


async def measure_statements(report: Report) -> None:
    """Statements and commits of the turns of a report."""
    for turn, counts in (await statements.count()).items():
        begun, settled = counts.pop("BEGIN"), counts.pop("settle")
        commits = counts.pop("COMMIT")
        verbs = ", ".join(f"{number} {verb}" for verb, number in sorted(counts.items()))
        report.add(f"{turn}: statements of the turn ({verbs})", counts.total(), "")
        report.add(f"{turn}: commits (turn and settled reply; {begun} BEGIN, {settled} UPDATE)", commits, "")


async def measure_fanout(report: Report, chats: int) -> None:
    """An announcement with no limit against a bare client."""
    bare: dict[int, list[float]] = {8: [], 32: [], 64: []}
    mine: list[float] = []
    presses: list[float] = []
    for _ in range(2):
        for flight, rates in bare.items():
            rates.append(await fanout.bare(chats, flight))
        rate, pressed = await fanout.klasno(chats)
        mine.append(rate)
        presses.append(pressed)
    best = {flight: statistics.median(rates) for flight, rates in bare.items()}
    for flight, rate in best.items():
        report.add(f"{chats:,} chats, bare client, {flight} in flight", rate, "letters/s")
    rate = statistics.median(mine)
    report.add(f"{chats:,} chats, Klasno: from the press to its answer", statistics.median(presses), "s", 2.0)
    report.add(f"{chats:,} chats, Klasno, 8 in flight, settled", rate, "letters/s")
    report.add("announcement: Klasno / bare client, 8 in flight", rate / best[8], "×", 0.5, more=True)
    report.add("announcement: Klasno / best bare client", rate / max(best.values()), "×", 0.5, more=True)


async def measure_pace(report: Report, letters: int) -> None:
    """An announcement at Telegram's pace, with other parents tapping meanwhile."""
    paced = await fanout.paced(letters, min(300, letters // 10))
    report.add(f"{letters} chats at 30/s with {paced.answers} answers between: seconds", paced.seconds, "s")
    report.add("at 30/s: floor / time", paced.floor / paced.seconds, "×", 0.97, more=True)
    report.add("at 30/s: refused", paced.refused, "", 0)
    report.add("at 30/s: most calls in any second", paced.busiest, "", fanout.LIMIT)
    waits = sorted(paced.taps)
    report.add(f"tap meanwhile: median of {len(waits)}", statistics.median(waits) * 1e3, "ms")
    report.add("tap meanwhile: 99th percentile", waits[int(len(waits) * 0.99)] * 1e3, "ms", 1_000)


async def measure_start(report: Report) -> None:
    """From the start of the process to the first answer, and memory."""
    for ready, name in ((True, "ready-made"), (False, "fresh")):
        times = [await starting.first_answer(ready=ready) for _ in range(3)]
        report.add(f"start to first answer, database {name}", statistics.median(times), "s", 2.0)
    memory = await starting.memory()
    report.add("resident memory at rest", memory.rested, "MB", 130)
    report.add(f"resident memory after {starting.TURNS:,} turns", memory.worked, "MB", 130)


async def measure_all(quick: bool) -> Report:
    """Every measurement; quick: with a tenth of the numbers, to see that all of them work."""
    report = Report()
    tenth = 10 if quick else 1
    await measure_start(report)
    await measure_statements(report)
    await measure_taps(report, max(1, 12 // tenth))
    await measure_growth(report, max(1, 12 // tenth), 30, 200)
    await measure_fanout(report, 10_000 // tenth)
    await measure_pace(report, 10_000 // tenth)
    return report


def main() -> None:
    """Measure, print, and end with 1 if a bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the numbers")
    options = parser.parse_args()
    begun = time.monotonic()
    pin(0, 1)
    report = asyncio.run(measure_all(options.quick))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"\n{report.table()}\n")
    print(
        f"{machine}, SQLite {sqlite3.sqlite_version}, {ours.steps_now()} steps, {time.monotonic() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
