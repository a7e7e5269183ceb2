"""However issuing is interrupted or repeated, each decision has exactly one certificate."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from installation import install

from certify.issuing.model import CertificateState
from certify.verification.report import CheckOutcome

# The process ends itself, as if by a power cut, when it reaches the named step.
CRASH = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from installation import install
place = install(Path({folder!r}))
issuer, step = place.services.issuer, {step!r}
def die(*_args, **_kwargs):
    os.kill(os.getpid(), 9)
if step == "before the intent":
    issuer._signer_of = die
elif step == "intent not yet committed":
    from certify.db.certificates import SqlCertificates
    original = SqlCertificates.prepare
    def prepare(self, row):
        original(self, row)
        die()
    SqlCertificates.prepare = prepare
elif step == "intent committed":
    original = issuer.prepare
    def prepare(*args):
        original(*args)
        die()
    issuer.prepare = prepare
elif step == "signed":
    issuer._self_check = die
elif step == "bytes not yet committed":
    from certify.db.certificates import SqlCertificates
    original = SqlCertificates.store
    def store(self, *args):
        original(self, *args)
        die()
    SqlCertificates.store = store
elif step == "bytes committed":
    issuer.issue({decision!r})
    die()
issuer.issue({decision!r})
"""
STEPS = (
    "before the intent",
    "intent not yet committed",
    "intent committed",
    "signed",
    "bytes not yet committed",
    "bytes committed",
)


@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_at_any_step_leaves_exactly_one_certificate_after_restart(tmp_path, step):
    place = install(tmp_path)
    decision = place.granted()
    program = CRASH.format(
        tests=str(Path(__file__).parents[1]), folder=str(tmp_path), step=step, decision=decision
    )
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    with place.services.database.reading() as unit:
        before = unit.certificates.by_decision(decision)
    place.services.issuer.issue_pending()
    with place.services.database.reading() as unit:
        (row,) = unit.certificates.all()
    assert row.state is CertificateState.ISSUED
    assert before is None or before.award == row.award
    assert place.services.verifier.verify_certificate(row.id).verdict is CheckOutcome.PASSED


def test_eight_issuers_of_one_decision_make_one_certificate(tmp_path):
    place = install(tmp_path)
    decision = place.granted()
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: place.services.issuer.issue(decision), range(8)))
    assert len({row.sha256 for row in rows}) == 1
    with place.services.database.reading() as unit:
        assert len(unit.certificates.all()) == 1
