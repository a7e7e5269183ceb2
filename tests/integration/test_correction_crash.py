"""A process killed at any step of a correction leaves exactly one certificate in force, before and after."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from databases import ENGINES, fresh_database
from installation import install

from certify.corrections import service as corrections
from certify.issuing.model import CertificateState
from certify.people.names import holder_name
from certify.status.model import CertificateStatus
from certify.status.service import standing

# The process ends itself, as if by a power cut, when it reaches the named step.
CRASH = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from dying import die, die_after
from installation import install
from certify.corrections import service as corrections
from certify.db.certificates import SqlCertificates
from certify.db.corrections import SqlCorrections
place = install(Path({folder!r}), {url!r})
services, step = place.services, {step!r}
if step == "approval not yet committed":
    die_after(SqlCorrections, "rule")
elif step == "intent not yet committed":
    die_after(SqlCertificates, "prepare")
elif step == "superseded, not yet stored":
    die_after(SqlCertificates, "add_event")
elif step == "stored, not yet committed":
    die_after(SqlCertificates, "store")
done = corrections.approve(
    services.database, services.clock, place.certifier, {correction!r}, services.issuer.prove
)
if step == "approval committed":
    die()
services.issuer.issue(done.decision_id)
die()
"""
STEPS = (
    "approval not yet committed",
    "approval committed",
    "intent not yet committed",
    "superseded, not yet stored",
    "stored, not yet committed",
    "committed",
)


def in_force(place):
    with place.services.database.reading() as unit:
        return [
            row
            for row in unit.certificates.all()
            if row.state is CertificateState.ISSUED
            and standing(unit, row.id).status is CertificateStatus.ACTIVE
        ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", STEPS)
def test_a_correction_killed_at_any_step_leaves_one_certificate_in_force(tmp_path, engine, step):
    with fresh_database(engine, tmp_path) as url:
        place = install(tmp_path, url)
        services = place.services
        old = services.issuer.issue(place.granted())
        (correction,) = corrections.request_name(
            services.database,
            services.clock,
            place.administrator,
            old.candidate_id,
            holder_name("Анна Ли", "Anna Li"),
            reason="Misspelt",
            evidence="Passport",
        )
        program = CRASH.format(
            tests=str(Path(__file__).parents[1]),
            folder=str(tmp_path),
            url=url,
            step=step,
            correction=correction.id,
        )
        killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert killed.returncode == -9, killed.stderr

        (before,) = in_force(place)
        assert (before.id == old.id) is (step != "committed")

        with services.database.reading() as unit:
            if unit.corrections.get(correction.id).decision_id is None:
                assert step == "approval not yet committed"
        if step == "approval not yet committed":
            corrections.approve(
                services.database, services.clock, place.certifier, correction.id, services.issuer.prove
            )
        services.issuer.issue_pending()
        (after,) = in_force(place)
        assert after.award.supersedes == old.id
        with services.database.reading() as unit:
            assert len(unit.certificates.all()) == 2
            assert len(unit.certificates.events(old.id)) == 1
        services.database.close()
