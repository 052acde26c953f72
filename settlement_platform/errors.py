"""The error tree. Each error says what is wrong, the detail, and what to do next."""

from __future__ import annotations


class SettlementError(Exception):
    """An error that a person reads: one line of cause, one line of remedy.

    `exit_code` is what the command line returns for it.
    """

    exit_code = 1

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} → {remedy}")
        self.cause = cause
        self.remedy = remedy


class StackError(SettlementError):
    """A part of the local stack cannot start, stop or be reached."""


class DownloadError(SettlementError):
    """A JVM part could not be fetched, or its checksum is not the pinned one."""


class CaptureError(SettlementError):
    """Kafka Connect refused something, or a slot, topic or connector is not as declared."""


class StreamingError(SettlementError):
    """Flink refused a statement, or a job cannot be converged without losing its state."""


class StorageError(SettlementError):
    """V2 cannot be reached, or its schema is not the contract's."""


class ProofError(SettlementError):
    """V2 could not be compared with the core, or is not equal to it."""


class DrillError(SettlementError):
    """A drill may not begin here, or something was not noticed or did not end as it should."""
