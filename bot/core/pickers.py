"""Pickers: keyboards for choosing a day, at most six wide so that every messenger can show them; and long lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from bot.core.flows import Link
from bot.core.i18n import month_name, weekday_names
from bot.core.screens import COLUMNS, Button

BLANK = "·"

T = TypeVar("T")


def month_of_days(
    month: date,
    pick: Callable[[date], Link | None],
    page: Callable[[date], Link | None],
    label: Callable[[date], str] = lambda day: str(day.day),
) -> list[list[Button]]:
    """A month as rows of buttons: what it is called and the way to others, then a week a row, from Monday to Saturday.

    Weeks in which nothing can be chosen are left out. month: any day of it. pick: where a day leads, None if it cannot
    be chosen. page: where another month (its first day) leads, None if there is nothing to choose there. label: what
    stands on a day that can be chosen.
    """
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    before, after = page((first - timedelta(days=1)).replace(day=1)), page(following)
    head = [Button("‹", before)] if before is not None else []
    head.append(Button(month_name(first)))
    monday = first - timedelta(days=first.weekday())
    names = weekday_names([monday + timedelta(days=day) for day in range(COLUMNS)])
    rows = [[*head, Button("›", after)] if after is not None else head, [Button(name) for name in names]]
    while monday < following:
        days = [_day(monday + timedelta(days=number), first, pick, label) for number in range(COLUMNS)]
        if any(day.link is not None for day in days):
            rows.append(days)
        monday += timedelta(days=7)
    return rows


def _day(day: date, month: date, pick: Callable[[date], Link | None], label: Callable[[date], str]) -> Button:
    if day.month != month.month:
        return Button(BLANK)
    link = pick(day)
    return Button(label(day), link) if link is not None else Button(BLANK)


def pages(page: int, count: int, size: int, turn_to: Callable[[int], Link]) -> list[list[Button]]:
    """The row that leads through a list of `count` things, `size` a page; no row where one page holds them.

    page: the one that is shown, from 0. turn_to: where another page, by its number, leads.
    """
    last = max(0, count - 1) // size
    if last == 0:
        return []
    row = [Button("‹", turn_to(page - 1))] if page > 0 else []
    row.append(Button(f"{page + 1}/{last + 1}"))
    return [[*row, Button("›", turn_to(page + 1))] if page < last else row]


def page_of(
    items: Sequence[T], page: int, most: int, turn_to: Callable[[int], Link]
) -> tuple[Sequence[T], list[list[Button]]]:
    """The items of a page (the last one, where there are not so many), and the row of `pages` below them."""
    page = min(max(page, 0), max(0, len(items) - 1) // most)
    return items[page * most : (page + 1) * most], pages(page, len(items), most, turn_to)
