"""Whether live traffic is wanted on this home, and at which rate: a file that `demo` writes."""

from __future__ import annotations

from pathlib import Path

from settlement_platform.config import Settings


def _path(settings: Settings) -> Path:
    return settings.state_dir / "run" / "traffic-rate"


def want_traffic(settings: Settings, rate: float) -> None:
    """From the next `up` on, supervisord knows the traffic program: operations a second."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{rate:g}\n")


def want_no_traffic(settings: Settings) -> None:
    """From the next `up` on, supervisord knows no traffic program."""
    _path(settings).unlink(missing_ok=True)


def wanted_rate(settings: Settings) -> float | None:
    """Operations a second; None where no traffic is wanted, or the file says nothing sensible."""
    try:
        rate = float(_path(settings).read_text())
    except (OSError, ValueError):
        return None
    return rate if 0 < rate < float("inf") else None
