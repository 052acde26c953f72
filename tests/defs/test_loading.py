"""The graph loads with everything stopped: no environment, no network, no home, no settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOAD = """
import json, sys, time
events = []
def seen(event, arguments):
    if event.startswith("socket.") or (event == "open" and ".settlement" in str(arguments[0])):
        events.append(f"{event} {arguments}")
sys.addaudithook(seen)
import dagster as dg
from settlement_platform.config import settings
from settlement_platform.definitions import defs
dg.Definitions.validate_loadable(defs)
print(json.dumps({
    "assets": len(list(defs.resolve_all_asset_specs())),
    "events": events,
    "settings_read": settings.cache_info().misses,
    "processor_seconds": time.process_time(),
}))
"""
TIMEOUT_SECONDS = 60
LOAD_SECONDS = 5.0
"""Of a processor, so that a busy machine does not count."""


def test_the_graph_loads_offline_without_environment_home_or_settings(tmp_path: Path) -> None:
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOAD],
        env={},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    found = json.loads(loaded.stdout)
    assert found["assets"] > 0
    assert found["events"] == []
    assert found["settings_read"] == 0
    assert found["processor_seconds"] < LOAD_SECONDS
    assert list(tmp_path.iterdir()) == []
