"""The cut-off of a business day, as the job that computes by it is set."""

from __future__ import annotations

from settlement_platform.streaming.jobs import job_specs

ENRICHMENT = "transaction_enrichment"


def cut_off_seconds() -> int:
    """The last second of a day that a capture counts for, from midnight in the business zone."""
    return int(job_specs()[ENRICHMENT].variables["cut_off_seconds"])
