"""The server's threads work under Linux's batch policy, unless somebody chose another or it is forbidden."""

from __future__ import annotations

import subprocess
import sys

import pytest

TOLD = """
import os, sys
{before}
from certify.cli.server import _work_in_batches
_work_in_batches()
print({{os.SCHED_OTHER: "other", os.SCHED_BATCH: "batch", os.SCHED_IDLE: "idle"}}[os.sched_getscheduler(0)])
"""


@pytest.mark.parametrize(
    ("before", "policy"),
    [
        ("", "batch"),
        ("os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))", "idle"),
        ("def no(*_): raise PermissionError\nos.sched_setscheduler = no", "other"),
        ("saved = os.SCHED_BATCH; del os.SCHED_BATCH", "other"),
    ],
)
def test_the_policy_is_the_batch_policy_unless_it_cannot_or_should_not_be(before, policy):
    program = TOLD.format(before=before)
    if "del os.SCHED_BATCH" in before:
        program = program.replace("os.SCHED_BATCH:", "saved:")
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == policy
