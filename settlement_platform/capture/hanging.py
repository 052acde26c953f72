"""Transactions that a killed broker left open for ever: found, and aborted.

Every reader that reads only what is committed, Connect's own start included, waits behind such a
transaction while everything says RUNNING. No restart and no time-out clears it; an abort does.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from settlement_platform.kafka import Questions, offsets_of

COMMAND_TIMEOUT_SECONDS = 30
HANGING_SECONDS = 12.0
"""So long has nothing moved, and the producer written nothing: a slow one still writes."""
TOOL = "org.apache.kafka.tools.TransactionsCommand"

Partition = tuple[str, int]


@dataclass
class StuckPartitions:
    """Which partitions' last stable offset has stayed behind their end, and since when."""

    since: dict[Partition, tuple[int, float]] = field(default_factory=dict)

    def hanging(self, seen: dict[Partition, tuple[int, int]], now: float) -> list[Partition]:
        """From (last stable offset, end) of each partition: those that have not moved for long."""
        kept = {}
        for partition, (stable, end) in seen.items():
            if stable >= end:
                continue
            before = self.since.get(partition)
            kept[partition] = before if before and before[0] == stable else (stable, now)
        self.since = kept
        return [p for p, (_, since) in kept.items() if now - since >= HANGING_SECONDS]


def stable_and_end(kafka: Questions) -> dict[Partition, tuple[int, int]]:
    """Last stable offset and end offset of every partition of the cluster."""
    wanted = [TopicPartition(t, p) for t, count in kafka.partitions().items() for p in range(count)]
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    stable = offsets_of(kafka.ask_offsets(wanted, latest, IsolationLevel.READ_COMMITTED))
    ends = offsets_of(kafka.ask_offsets(wanted, latest))
    return {partition: (stable[partition], end) for partition, end in ends.items()}


@dataclass(frozen=True)
class TransactionTool:
    """Kafka's own command for transactions: the Python client has no such call."""

    java: Path
    class_path: list[Path]
    bootstrap: str

    def _run(self, *arguments: str) -> str:
        command = [str(self.java), "-Xmx96m", "-XX:TieredStopAtLevel=1", "-cp"]
        command += [":".join(map(str, self.class_path)), TOOL]
        command += ["--bootstrap-server", self.bootstrap, *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=False
        )
        return done.stdout + done.stderr

    def abort(self, partition: Partition) -> list[str]:
        """Abort every open transaction of a partition. Returns what was done, a line each."""
        where = ("--topic", partition[0], "--partition", str(partition[1]))
        done = []
        for line in self._run("describe-producers", *where).splitlines():
            # ProducerId ProducerEpoch LatestCoordinatorEpoch LastSequence LastTimestamp StartOffset
            fields = line.split()
            if is_left_open(fields, time.time() * 1000):
                said = self._run("abort", *where, "--start-offset", fields[-1]).strip()
                done.append(
                    f"aborted the transaction of producer {fields[0]} at offset {fields[-1]} of "
                    f"{partition[0]}-{partition[1]}: {said or 'done'}"
                )
        return done


def is_left_open(fields: list[str], now_ms: float) -> bool:
    """Whether a line of the tool is of a producer with a transaction that it does not go on with.

    A line without a transaction ends in a word; the time before it is of the last write.
    """
    is_open = len(fields) >= 6 and all(one.isdigit() for one in (fields[0], *fields[-2:]))
    return is_open and now_ms - int(fields[-2]) >= HANGING_SECONDS * 1000


def abort_hanging(
    kafka: Questions, stuck: StuckPartitions, tool: TransactionTool, say: Callable[[str], None]
) -> None:
    """Look once; abort what has hung for too long. A broker that is away is nothing to report."""
    try:
        seen = stable_and_end(kafka)
    except KafkaException:
        return
    for partition in stuck.hanging(seen, time.monotonic()):
        for line in tool.abort(partition):
            say(line)
