"""Where commands leave the answer keys of what they played, and how they print one."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from settlement_platform.config import Settings
from settlement_platform.simulator.answer_key import AnswerKey

STAGES = ("attempted", "captured", "settled", "failed")


def history_path(settings: Settings) -> Path:
    """The answer key of the demo's history."""
    return settings.state_dir / "answer_keys" / "history.json"


def traffic_path(settings: Settings, seed: int) -> Path:
    """The answer key of a run of live traffic."""
    return settings.state_dir / "answer_keys" / f"traffic-{seed}.json"


def save(key: AnswerKey, path: Path) -> None:
    """Write a key; whoever reads it meanwhile sees the one before, or this one, complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    being_written = path.with_suffix(".writing")
    key.save(being_written)
    being_written.replace(path)


def rupees(paise: int) -> str:
    """Money for people."""
    sign, paise = ("-" if paise < 0 else ""), abs(paise)
    return f"{sign}₹{paise // 100:,}.{paise % 100:02d}"


def totals_table(key: AnswerKey) -> Table:
    """What a run added to the core, stage by stage."""
    total = key.totals()
    table = Table(box=None, pad_edge=False)
    table.add_column("stage")
    for column in ("payments", "amount"):
        table.add_column(column, justify="right")
    for stage in STAGES:
        count: int = getattr(total, f"{stage}_count")
        table.add_row(stage, f"{count:,}", rupees(getattr(total, f"{stage}_paise")))
    return table
