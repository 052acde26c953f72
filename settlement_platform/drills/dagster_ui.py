"""What Dagster knows, asked of its web server by GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from settlement_platform.errors import DrillError

LOCATION = "settlement_platform"
REPOSITORY = "__repository__"
TIMEOUT_SECONDS = 30.0
MOST_EVENTS = 200
_QUERIES = Path(__file__).parent / "graphql"


class DagsterUi:
    """One web server. Every call raises DrillError with its words."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/graphql"

    def _ask(self, name: str, **variables: object) -> dict[str, Any]:
        body = {"query": (_QUERIES / f"{name}.graphql").read_text(), "variables": variables}
        remedy = "see 'settlement logs dagster-webserver'"
        try:
            answer = httpx.post(self._url, json=body, timeout=TIMEOUT_SECONDS).json()
        except (httpx.HTTPError, ValueError) as error:
            raise DrillError(f"Dagster does not answer: {error!r}", remedy) from error
        if "errors" in answer:
            raise DrillError(f"Dagster refused: {answer['errors'][0]['message']}", remedy)
        return dict(answer["data"])

    def ticks(self, sensor: str, since_seconds: float) -> list[str]:
        """The states of a sensor's ticks that ended, begun since an instant (epoch)."""
        selector = {
            "repositoryName": REPOSITORY,
            "repositoryLocationName": LOCATION,
            "sensorName": sensor,
        }
        found = self._ask("ticks", sensor=selector, limit=MOST_EVENTS)["sensorOrError"]
        ticks = found.get("sensorState", {}).get("ticks", [])
        return [
            tick["status"]
            for tick in ticks
            if tick["timestamp"] >= since_seconds and tick["status"] in ("SUCCESS", "SKIPPED")
        ]

    def failed_checks(self) -> dict[str, str]:
        """Check -> what it says, of each whose newest evaluation failed."""
        newest = [
            (check["name"], check["executionForLatestMaterialization"])
            for node in self._ask("checks")["assetNodes"]
            for check in node["assetChecksOrError"].get("checks", [])
        ]
        return {
            name: str(seen["evaluation"]["description"])
            for name, seen in newest
            if seen and seen["status"] == "FAILED" and seen["evaluation"]
        }

    def observations(self, asset: Sequence[str], since_seconds: float) -> list[dict[str, str]]:
        """The texts of an asset's observations since an instant (epoch), by their labels."""
        found = self._ask(
            "observations",
            asset={"path": list(asset)},
            after=str(int(since_seconds * 1000)),
            limit=MOST_EVENTS,
        )["assetOrError"]
        return [
            {entry["label"]: entry["text"] for entry in one["metadataEntries"] if "text" in entry}
            for one in found.get("assetObservations", [])
        ]

    def materialized_partitions(self, asset: Sequence[str], since_seconds: float) -> list[str]:
        """The partition of each materialization of an asset since an instant (epoch)."""
        found = self._ask(
            "materializations",
            asset={"path": list(asset)},
            after=str(int(since_seconds * 1000)),
            limit=MOST_EVENTS,
        )["assetOrError"]
        return [str(one["partition"]) for one in found.get("assetMaterializations", [])]
