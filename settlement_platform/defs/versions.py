"""How Dagster is told which version runs, so that "unsynced" in its UI means what it says."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

CODE_VERSION = "dagster/code_version"
"""By this tag of a materialization Dagster knows that what runs is what is declared."""
STREAMED = {"dagster/input_data_version": "INITIAL", "dagster/input_event_pointer": "NULL"}
"""Dagster's words for an input that has no versions: what streams is read as it comes."""


def version_tags(version: str, inputs: Sequence[dg.AssetKey]) -> dict[str, str]:
    """The tags of a materialization that was not a step's own.

    Without the versions of its inputs Dagster would call each of them a new dependency, and what
    runs as declared unsynced for ever.
    """
    return {CODE_VERSION: version} | {
        f"{tag}/{key.to_user_string()}": value for key in inputs for tag, value in STREAMED.items()
    }
