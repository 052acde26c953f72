"""Alarms: told once when one begins, once if it becomes graver, and once when it is over. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from settlement_platform.monitoring.healing import MOST_TRIES
from settlement_platform.monitoring.troubles import Patience, Trouble, Troubles

What = Literal["begins", "is graver", "is not healed", "is over"]
Links = Callable[[str], Sequence[str]]
"""What to look at for a truth: lines of text."""
SHOWN_TRUTHS = 12


@dataclass(frozen=True)
class News:
    """What has to be told of one truth."""

    truth: str
    what: What
    trouble: Trouble


@dataclass(frozen=True)
class Letter:
    """A message to people. `kind` is what apprise calls it."""

    title: str
    body: str
    kind: Literal["failure", "warning", "success"]


def announce(troubles: Troubles, over: Troubles, patience: Patience) -> tuple[Troubles, list[News]]:
    """What to tell now, and the troubles with it written down.

    A trouble that passed before anybody was told of it is not told of at all.
    """
    after, news = dict(troubles), []
    for truth, trouble in troubles.items():
        grade, what = trouble.grade(patience), _what(trouble, patience)
        if what is not None and grade is not None:
            after[truth] = replace(trouble, alarmed=grade)
            news.append(News(truth, what, after[truth]))
    news += [News(truth, "is over", trouble) for truth, trouble in over.items() if trouble.alarmed]
    return after, news


def _what(trouble: Trouble, patience: Patience) -> What | None:
    grade = trouble.grade(patience)
    if grade is None or trouble.alarmed == "error":
        return None
    if trouble.alarmed is None:
        return "begins"
    return "is graver" if grade == "error" else None


def gave_up(before: Troubles, after: Troubles) -> list[News]:
    """The truths whose healing has stopped in between."""
    return [
        News(truth, "is not healed", trouble)
        for truth, trouble in after.items()
        if trouble.gave_up and truth in before and not before[truth].gave_up
    ]


def letters(news: Sequence[News], links: Links, now_seconds: float) -> list[Letter]:
    """At most two letters: what is wrong, and what is over. What has one cause stands together."""
    wrong = [one for one in news if one.what != "is over"]
    over = [one for one in news if one.what == "is over"]
    found = []
    if wrong:
        is_grave = any(one.trouble.severity == "error" for one in wrong)
        head = "ALARM" if is_grave else "WARNING"
        found.append(
            Letter(
                f"{head}: {_named(wrong)}",
                _sections(wrong, lambda one: _wrong(one, links)),
                "failure" if is_grave else "warning",
            )
        )
    if over:
        text = _sections(over, lambda one: _over(one, now_seconds))
        found.append(Letter(f"OVER: {_named(over)}", text, "success"))
    return found


def _named(news: Sequence[News]) -> str:
    first = next((one for one in news if one.trouble.severity == "error"), news[0])
    more = f" and {len(news) - 1} more" if len(news) > 1 else ""
    return f"{first.truth} {first.what}{more}"


def _sections(news: Sequence[News], text: Callable[[News], str]) -> str:
    told, causes = [], set()
    for one in news:
        if one.trouble.cause not in causes:
            told.append(f"{one.truth} {one.what}\n{text(one)}")
        else:
            told.append(f"{one.truth} {one.what}, for the same cause")
        causes.add(one.trouble.cause)
    if len(told) > SHOWN_TRUTHS:
        told[SHOWN_TRUTHS:] = [f"and {len(told) - SHOWN_TRUTHS} more"]
    return "\n\n".join(told)


def _wrong(one: News, links: Links) -> str:
    trouble = one.trouble
    lines = [
        f"severity: {trouble.severity}",
        f"since: {time_of(trouble.since_seconds)}",
        f"cause: {trouble.cause}",
        f"tried: {tried(trouble)}",
        f"what to do: {trouble.remedy}",
        *(f"see: {link}" for link in links(one.truth)),
    ]
    return "\n".join(lines)


def _over(one: News, now_seconds: float) -> str:
    lasted_seconds = now_seconds - one.trouble.since_seconds
    return (
        f"since: {time_of(one.trouble.since_seconds)}, for {lasted_seconds:.0f} s\n"
        f"cause: {one.trouble.cause}\n"
        f"tried: {tried(one.trouble)}"
    )


def tried(trouble: Trouble) -> str:
    """What healing was asked for, and whether more will be."""
    at = trouble.tries_at_seconds
    if not at:
        return "nothing by itself"
    said = f"to converge it, at {', '.join(map(time_of, at))} ({len(at)} of {MOST_TRIES})"
    return f"{said}; nothing more is tried" if trouble.gave_up else said


def time_of(at_seconds: float) -> str:
    """An instant, in UTC, to the second."""
    return f"{dt.datetime.fromtimestamp(at_seconds, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
