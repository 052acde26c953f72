"""Who holds a port of the stack."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from settlement_platform.config import PORT_OFFSETS, Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.ports import Holder, check_ports, families, taken, taken_ports


def test_ports_in_our_own_hands_are_not_taken() -> None:
    wanted = {"kafka": 1, "api": 2, "connect": 3}
    holders = {1: Holder(10, "java"), 2: Holder(20, "nginx")}
    found = taken(wanted, {1, 2, 3}, holders, ours={10})
    assert [str(port) for port in found] == [
        "port 2 (api) is taken by nginx (pid 20)",
        "port 3 (connect) is taken",
    ]


def test_a_stranger_on_a_port_is_named_with_its_pid(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        base = stranger.getsockname()[1] - PORT_OFFSETS["kafka"]
        settings = Settings(home=tmp_path, port_base=base)
        found = next(port for port in taken_ports(settings, set()) if port.service == "kafka")
        assert found.holder.pid == os.getpid()
        assert "kafka" not in {port.service for port in taken_ports(settings, {os.getpid()})}
        with pytest.raises(StackError, match=rf"kafka\) is taken by .* \(pid {os.getpid()}\)"):
            check_ports(settings, set())


def test_a_family_is_a_process_and_those_below_it() -> None:
    assert os.getpid() in families([os.getppid()])
    assert families([]) == set()
