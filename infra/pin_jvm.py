"""Resolves the JVM parts' roots with their dependencies and writes infra/jvm.toml.

Run by hand when a version changes: `uv run python infra/pin_jvm.py`. Everything else only reads
the list, so an install resolves nothing and compares each jar with its checksum.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import jgo

KAFKA = "4.3.1"
DEBEZIUM = "3.7.0.Final"
FLINK = "2.2.1"

ROOTS: dict[str, list[str]] = {
    "kafka": [
        f"org.apache.kafka:kafka_2.13:{KAFKA}",
        f"org.apache.kafka:kafka-tools:{KAFKA}",
        f"org.apache.kafka:connect-runtime:{KAFKA}",
        f"org.apache.kafka:connect-json:{KAFKA}",
        "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
        "org.apache.logging.log4j:log4j-core:2.25.4",
    ],
    "debezium": [f"io.debezium:debezium-connector-postgres:{DEBEZIUM}"],
    "flink-connectors": [
        "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
        "org.apache.flink:flink-connector-jdbc-core:4.0.0-2.0",
        "org.apache.flink:flink-connector-jdbc-postgres:4.0.0-2.0",
        "org.postgresql:postgresql:42.7.14",
    ],
    "flink-sql-gateway": [f"org.apache.flink:flink-sql-gateway:{FLINK}"],
}
# These jars are complete in themselves: what their POMs name, Flink's own libraries carry.
ROOTS_ALONE = {"flink-connectors", "flink-sql-gateway"}


def jars(part: str) -> dict[str, str]:
    """Coordinate -> sha256 of every jar of a part."""
    found: dict[str, str] = {}
    for root in ROOTS[part]:
        artifacts = jgo.resolve(root)
        if part in ROOTS_ALONE:
            artifacts = artifacts[:1]
        for artifact in artifacts:
            if artifact.packaging != "jar":
                continue
            coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
            classifier = artifact.classifier
            coordinate += f":jar:{classifier}" if classifier else ""
            found[coordinate] = hashlib.sha256(artifact.resolve().read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def main() -> None:
    lines = ["# The JVM parts: every jar with its sha256. Written by infra/pin_jvm.py.", ""]
    for part in ROOTS:
        lines.append(f"[{part}]")
        lines += [f'"{coordinate}" = "{digest}"' for coordinate, digest in jars(part).items()]
        lines.append("")
    Path(__file__).with_name("jvm.toml").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
