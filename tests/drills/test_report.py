"""What a report says of a drill."""

from __future__ import annotations

from settlement_platform.drills.report import Noticed, Report, render

NOTICED = Noticed("slot_is_active", "the slot does not exist", 3.21)


def ended(unequal: tuple[int, int, int] | None = (0, 0, 0), failure: str | None = None) -> Report:
    """A drill that came to its end."""
    return Report(
        "slot-dropped",
        ["settlement up"],
        [NOTICED],
        green_seconds=12.34,
        unequal=unequal,
        compared=1_234,
        figures={"canaries": 7},
        seconds=20.0,
        failure=failure,
    )


def test_a_drill_is_well_only_if_v2_equals_the_core_and_nothing_failed() -> None:
    assert ended().ok
    assert not ended(unequal=(0, 1, 0)).ok
    assert not ended(unequal=None).ok
    assert not ended(failure="not noticed").ok


def test_a_report_as_json() -> None:
    assert ended().to_json() == {
        "drill": "slot-dropped",
        "ok": True,
        "failure": None,
        "did": ["settlement up"],
        "noticed": [
            {"check": "slot_is_active", "cause": "the slot does not exist", "seconds": 3.2}
        ],
        "green_seconds": 12.3,
        "verify": {"missing": 0, "extra": 0, "different": 0, "compared": 1_234},
        "figures": {"canaries": 7},
        "seconds": 20.0,
    }
    assert ended(unequal=None).to_json()["verify"] is None


def test_a_report_as_a_person_reads_it() -> None:
    text = render(ended(failure="it was not noticed"))
    for part in ("NOT AS", "it was not noticed", "3.2 s: slot_is_active", "12.3 s", "1,234 rows"):
        assert part in text
