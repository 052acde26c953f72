"""Sends letters to where people read: Slack, mail, PagerDuty, a webhook, by one URL each.

A URL is a secret: a recipient is named by its service and a digest, and who logs URLs is silenced.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from apprise import Apprise, NotifyBase

from settlement_platform.monitoring.bounded import Reading, Unread
from settlement_platform.monitoring.outbox import Outbox, Sent, Waiting, due, settle

SEND_SECONDS = 2.0
"""How long a look waits for recipients; one that takes longer is heard of at the next look."""
TALKERS = ("apprise", "urllib3.connectionpool")
"""Loggers that write URLs as they are, those that cannot be read above all."""
_BETWEEN_URLS = re.compile(r"[\s,]+(?=[A-Za-z0-9]+://)")


@dataclass(frozen=True)
class Recipient:
    """One URL. `name` says its service, and which it is, and nothing else of it."""

    name: str
    service: NotifyBase


def recipients(urls: str) -> tuple[list[Recipient], int]:
    """The recipients in a list of URLs, separated by commas or white space.

    Returns them, and how many URLs are none that can be sent to.
    """
    for talker in TALKERS:
        logging.getLogger(talker).disabled = True
    found, unreadable = [], 0
    for url in filter(None, _BETWEEN_URLS.split(urls.strip(" ,\n\t"))):
        service = Apprise.instantiate(url)
        if service is None:
            unreadable += 1
            continue
        digest = hashlib.sha256(url.encode()).hexdigest()[:8]
        found.append(Recipient(f"{url.partition('://')[0]} {digest}", service))
    return found, unreadable


class Post:
    """Who is being sent to right now: one that hangs holds up neither a look nor the others."""

    def __init__(self) -> None:
        self._under_way: dict[str, Reading[Sent]] = {}

    def send(self, outbox: Outbox, to: Sequence[Recipient], now_seconds: float) -> Outbox:
        """Send what is due, and wait a little. Returns what is left to send. Raises nothing."""
        deadline = time.monotonic() + SEND_SECONDS
        left = settle(outbox, self._heard(), now_seconds)
        for who, letters in due(left, now_seconds).items():
            recipient = next((one for one in to if one.name == who), None)
            if recipient is not None and who not in self._under_way:
                self._under_way[who] = _sending(recipient, letters)
        for reading in self._under_way.values():
            reading.by(deadline)
        return settle(left, self._heard(), now_seconds)

    def _heard(self) -> dict[str, Sent]:
        done = {who: reading for who, reading in self._under_way.items() if reading.is_done}
        for who in done:
            del self._under_way[who]
        answers = {who: reading.by(time.monotonic()) for who, reading in done.items()}
        return {
            who: Sent((), failed=True) if isinstance(answer, Unread) else answer
            for who, answer in answers.items()
        }


def _sending(recipient: Recipient, letters: Sequence[Waiting]) -> Reading[Sent]:
    return Reading(lambda: _send(recipient.service, letters))


def _send(service: NotifyBase, letters: Sequence[Waiting]) -> Sent:
    post = Apprise()
    names: list[str] = []
    post.add(service)
    for one in letters:
        letter = one.letter
        if not post.notify(body=letter.body, title=letter.title, notify_type=letter.kind):
            return Sent(tuple(names), failed=True)
        names.append(one.name)
    return Sent(tuple(names), failed=False)
