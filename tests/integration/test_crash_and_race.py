"""However issuing is interrupted or repeated, each decision has exactly one certificate; on both engines."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from installation import install

from certify.issuing.model import CertificateState
from certify.issuing.service import Issuer
from certify.verification.report import CheckOutcome

# The process ends itself, as if by a power cut, when it reaches the named step.
CRASH = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from installation import install
from certify.db.certificates import SqlCertificates
from certify.db.status_lists import SqlStatusLists
place = install(Path({folder!r}), {url!r})
issuer, step = place.services.issuer, {step!r}
maker = issuer._maker

def die(*_args, **_kwargs):
    os.kill(os.getpid(), 9)

def die_after(owner, name, calls=1):
    original = getattr(owner, name)
    left = [calls]
    def wrapped(*args, **kwargs):
        done = original(*args, **kwargs)
        left[0] -= 1
        if not left[0]:
            die()
        return done
    setattr(owner, name, wrapped)

if step == "nothing reserved yet":
    issuer._drawings = die
elif step == "places not yet committed":
    die_after(SqlStatusLists, "reserve")
elif step == "awards drawn":
    die_after(issuer, "_intent", 3)
elif step == "intents not yet committed":
    die_after(SqlCertificates, "prepare")
elif step == "intents committed":
    die_after(issuer, "_prepare")
elif step == "one signed":
    maker._self_check = die
elif step == "one witnessed":
    die_after(maker, "_witness")
elif step == "two of three made":
    die_after(maker, "_finish", 2)
elif step == "bytes not yet committed":
    die_after(SqlCertificates, "store")
elif step == "bytes committed":
    die_after(issuer, "_store")
issuer.issue_many({decisions!r})
raise SystemExit("it did not reach the step")
"""
STEPS = (
    "nothing reserved yet",
    "places not yet committed",
    "awards drawn",
    "intents not yet committed",
    "intents committed",
    "one signed",
    "one witnessed",
    "two of three made",
    "bytes not yet committed",
    "bytes committed",
)


def three_decisions(place):
    return [place.granted(f"C-{number}") for number in range(3)]


@pytest.mark.parametrize("step", STEPS)
def test_a_batch_killed_at_any_step_leaves_one_certificate_for_each_decision(tmp_path, database_url, step):
    place = install(tmp_path, database_url)
    decisions = three_decisions(place)
    program = CRASH.format(
        tests=str(Path(__file__).parents[1]),
        folder=str(tmp_path),
        url=database_url,
        step=step,
        decisions=decisions,
    )
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    with place.services.database.reading() as unit:
        before = {row.decision_id: row for row in unit.certificates.all()}
    place.services.issuer.issue_pending()
    with place.services.database.reading() as unit:
        rows = {row.decision_id: row for row in unit.certificates.all()}
        assert len(unit.certificates.all()) == 3
    assert rows.keys() == set(decisions)
    for decision, row in rows.items():
        assert row.state is CertificateState.ISSUED
        if decision in before:
            pinned = before[decision]
            assert (pinned.award, pinned.key_id, pinned.credential_key_ids) == (
                row.award,
                row.key_id,
                row.credential_key_ids,
            )
        assert place.services.verifier.verify_certificate(row.id).verdict is CheckOutcome.PASSED


def test_eight_issuers_of_one_decision_make_one_certificate(tmp_path, database_url):
    place = install(tmp_path, database_url)
    decision = place.granted()
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: place.services.issuer.issue(decision), range(8)))
    assert len({(row.sha256, row.credential_sha256) for row in rows}) == 1
    with place.services.database.reading() as unit:
        assert len(unit.certificates.all()) == 1


def test_six_issuers_of_overlapping_batches_in_any_order_make_one_certificate_each(tmp_path, database_url):
    place = install(tmp_path, database_url)
    decisions = [place.granted(f"C-{number}") for number in range(6)]
    orders = [decisions[shift:] + decisions[:shift] for shift in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(place.services.issuer.issue_many, orders))
    for order, rows in zip(orders, answers, strict=True):
        assert [row.decision_id for row in rows] == order
    assert len({row.sha256 for rows in answers for row in rows}) == 6
    with place.services.database.reading() as unit:
        assert len(unit.certificates.all()) == 6


def test_a_finished_intent_has_the_same_bytes_whenever_it_is_finished(tmp_path, database_url):
    place = install(tmp_path, database_url)
    decision = place.granted()
    row = place.services.issuer.prepare(decision)
    early = place.services.issuer._maker.make(row)
    assert place.services.issuer.issue(decision).sha256 == early.sha256


@pytest.mark.parametrize("size", [1, 2, 250])
def test_one_decision_that_cannot_be_issued_holds_up_no_other(tmp_path, database_url, size):
    place = install(tmp_path, database_url)
    good = [place.granted("C-1"), place.granted("C-2")]
    with place.services.database.writing() as unit:
        person = unit.candidates.by_reference("C-2")
    bad = place.granted("C-3", "中 Li", "Zhong Li")
    whole = place.services.issuer
    issuer = Issuer(
        place.services.database, whole._maker, place.services.clock, "https://certificates.example.org", size
    )
    told = []
    first, refused, unknown, second = issuer.issue_many(
        [good[0], bad, "A" * 26, good[1]], on_each=lambda done, of: told.append((done, of))
    )
    assert (first.decision_id, second.decision_id) == tuple(good)
    assert second.candidate_id == person.id
    assert (refused.code, unknown.code) == ("unprintable-name", "not-found")
    assert (refused.where, unknown.where) == ("printed name", f"decision {'A' * 26}")
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
