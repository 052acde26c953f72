"""Days of payments with planted anomalies, and which they are: what detection is examined by.

Each merchant sells three hours a day for two weeks. Of the last day, yesterday, a third of them has
a quiet day like those before; of the others most have what a rule must find.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from settlement_platform.contracts.scalars import business_date
from settlement_platform.simulator.gateways import SUCCESS_CODE, draw_verdict
from settlement_platform.simulator.history import Chunk
from settlement_platform.simulator.outcomes import draw_status
from settlement_platform.simulator.rows import (
    SETTLED,
    UNSETTLED,
    GatewayAnswer,
    Merchant,
    Transaction,
    day_start_at,
)
from settlement_platform.simulator.world import draw_amount_paise, draw_mode

DAYS = 14
HOURS = (11, 12, 13)
"""Hours of the business clock in which the merchants sell."""
FALLING_HOUR, RISING_HOUR = 12, 13
AN_HOUR = (40, 60)
"""Payments of a merchant in one of them."""
HALF_SECONDS = 15
SPELL_SECONDS = 300


class Label(NamedTuple):
    """One planted anomaly, as a finding is known: rule, subject, window."""

    rule: str
    subject: str
    window_start_at: dt.datetime


@dataclass
class Exam:
    """What is written to the core, part by part, and what is to be found by it.

    `past`: the days before; `day`: the last one, with `labels`; `quiet`: merchants without any;
    `late`: those who wait for the money of `late_date`; `ended`: when the hour that falls short has
    ended; `bursts`: the payments of each burst.
    """

    past: Chunk
    day: Chunk
    labels: set[Label]
    quiet: tuple[str, ...]
    late: tuple[str, ...]
    late_date: dt.date
    ended: dt.datetime
    bursts: dict[Label, list[str]] = field(default_factory=dict)


def exam(seed: int, today: dt.date, merchants: int = 36) -> Exam:
    """An exam whose last day is the one before `today`. The same seed, the same rows."""
    return _Examiner(seed, today, merchants).exam()


class _Examiner:
    """Draws the days one after the other; the order of the draws is part of the seed's meaning."""

    def __init__(self, seed: int, today: dt.date, merchants: int) -> None:
        self._rng = Random(f"anomalies:{seed}")
        self._name = f"EX{seed:04d}"
        self._gateways = (f"{self._name}-EAST", f"{self._name}-WEST")
        self._last = today - dt.timedelta(days=1)
        self._serial = 0
        updated_at = day_start_at(self._last - dt.timedelta(days=DAYS + 1))
        self._merchants = [
            Merchant(f"{self._name}-M{n:03d}", f"Examinee {n}", "T+1", 0, updated_at)
            for n in range(1, merchants + 1)
        ]
        names = [one.merchant_id for one in self._merchants]
        self._quiet, self._watched = names[: merchants // 3], names[merchants // 3 :]
        self._found = Exam(
            Chunk(merchants=self._merchants),
            Chunk(),
            set(),
            tuple(self._quiet),
            tuple(self._watched[:4]),
            self._last - dt.timedelta(days=5),
            self._at(FALLING_HOUR + 1, 0.5),
        )

    def exam(self) -> Exam:
        watched, exam = self._watched, self._found
        for back in range(DAYS, 0, -1):
            day = self._last - dt.timedelta(days=back)
            for name in (*self._quiet, *watched):
                is_late = name in exam.late and day == exam.late_date
                for hour in HOURS:
                    self._sell(exam.past, name, day, hour, UNSETTLED if is_late else SETTLED)
        falling, rising = watched[4:8], watched[8:12]
        for name in (*self._quiet, *watched):
            for hour in HOURS:
                few = name in falling and hour == FALLING_HOUR
                times = 4 if name in rising and hour == RISING_HOUR else 1
                self._sell(exam.day, name, self._last, hour, UNSETTLED, few=few, times=times)
        for name, hour in (
            *((n, FALLING_HOUR) for n in falling),
            *((n, RISING_HOUR) for n in rising),
        ):
            exam.labels.add(Label("gmv_deviation", name, self._at(hour)))
        for number, name in enumerate(watched[12:20]):
            self._burst(name, number)
        self._fail(self._gateways[0], "GW_ROUTE_DOWN", self._at(11, 600.0))
        self._fail(self._gateways[0], "BANK_DECLINED", self._at(13, 900.0))
        self._fail(self._gateways[1], "BANK_UNAVAILABLE", self._at(12, 1_800.0))
        self._fail(self._gateways[1], "GW_NEW_FAILURE", self._at(13, 0.0))
        return exam

    def _at(self, hour: int, second: float = 0.0) -> dt.datetime:
        return day_start_at(self._last) + dt.timedelta(hours=hour, seconds=second)

    def _sell(
        self,
        chunk: Chunk,
        name: str,
        day: dt.date,
        hour: int,
        settled: str,
        *,
        few: bool = False,
        times: int = 1,
    ) -> None:
        count = 2 if few else self._rng.randint(*AN_HOUR) * times
        start_at = day_start_at(day) + dt.timedelta(hours=hour)
        for second in sorted(self._rng.uniform(0, 3_590) for _ in range(count)):
            status = draw_status(self._rng)
            mode = draw_mode(self._rng)
            self._pay(
                chunk,
                name,
                draw_amount_paise(self._rng, mode),
                mode,
                start_at + dt.timedelta(seconds=second),
                status,
                settled if status == "SUCCESS" else UNSETTLED,
            )

    def _pay(
        self,
        chunk: Chunk,
        name: str,
        paise: int,
        mode: str,
        at: dt.datetime,
        status: str,
        settled: str,
        verdict: tuple[str, str] | None = None,
    ) -> str:
        self._serial += 1
        txn_id = f"{self._name}-{self._serial:06d}"
        day = business_date(at)
        chunk.transactions.append(
            Transaction(txn_id, name, paise, mode, day, settled, status, at, at)
        )
        if verdict is None:
            drawn = draw_verdict(self._rng, mode, status)
            verdict = (self._rng.choice(self._gateways), drawn.code) if drawn else None
        if verdict is not None:
            chunk.answers.append(GatewayAnswer(txn_id, *verdict, None, at))
        return txn_id

    def _burst(self, name: str, number: int) -> None:
        """Charges of one amount within seconds: within a half of a window, and across its edge."""
        half_at = self._at(HOURS[number % len(HOURS)], 40 * HALF_SECONDS)
        begins = half_at + dt.timedelta(seconds=2 if number % 2 else -2)
        paise, label_at = 499_37 + number, half_at - dt.timedelta(seconds=HALF_SECONDS)
        label = Label("duplicate_charge", f"{name} UPI {paise}", label_at)
        names = []
        for n in range(8):
            at = begins + dt.timedelta(seconds=n * 0.5)
            verdict = (self._gateways[0], SUCCESS_CODE)
            names.append(
                self._pay(self._found.day, name, paise, "UPI", at, "SUCCESS", UNSETTLED, verdict)
            )
        self._found.labels.add(label)
        self._found.bursts[label] = names

    def _fail(self, gateway: str, code: str, at: dt.datetime) -> None:
        """Five minutes in which a gateway answers with one failure, again and again."""
        for n in range(60):
            name = self._rng.choice(self._watched[20:])
            self._pay(
                self._found.day,
                name,
                draw_amount_paise(self._rng, "UPI"),
                "UPI",
                at + dt.timedelta(seconds=n * SPELL_SECONDS / 61),
                "FAILED",
                UNSETTLED,
                (gateway, code),
            )
        self._found.labels.add(Label("failure_spike", f"{gateway} {code}", at))
