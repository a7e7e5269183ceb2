"""A server whose worker is killed goes on."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
from installation import install
from serving import ask, served


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_is_killed_is_replaced_and_the_service_goes_on(tmp_path: Path, workers: int) -> None:
    place = install(tmp_path)
    page = f"/v/{place.services.issuer.issue(place.granted()).id}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / f"serve-{port}.log"
    with served(place, place.services.settings.database_url, tmp_path, port, workers=workers):
        assert ask(port, page)[0] == 200
        os.kill(int(re.search(r"Spawning worker-1 with PID: (\d+)", log.read_text())[1]), signal.SIGKILL)
        deadline = time.monotonic() + 30
        while log.read_text().count("Started worker-1 runtime") < 2:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        for _ in range(20):
            assert ask(port, page)[0] == 200
    place.services.database.close()
