"""Issued at B-T, or stamped later, or kept provable: the whole way, on both databases; issued bytes never change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from signed_files import outcomes
from small_scheme import NOW
from timestamp_office import Behaviour, Stamps, served

from certify.bootstrap import build
from certify.errors import Conflict, TimestampUnavailable
from certify.issuing.model import CertificateState
from certify.pades.read import find_signature
from certify.verification.report import Level
from certify.web.app import create_app

CERTIFY = Path(sys.executable).with_name("certify")


@pytest.fixture
def authority(tmp_path):
    """A timestamp authority on loopback that also serves its revocation lists."""
    behaviour = Behaviour(bytes)
    with served(behaviour) as url:
        stamps = Stamps(at=NOW + timedelta(seconds=3), crl_url=url)
        behaviour.files = {"/root.crl": stamps.crl("root"), "/between.crl": stamps.crl("between")}
        behaviour.url, behaviour.stamps, behaviour.reply = url, stamps, stamps.reply
        behaviour.anchors = stamps.anchor_file(tmp_path)
        yield behaviour


@pytest.fixture
def with_level(place, authority):
    """Return the installation's services with other settings, and a clock of one's own."""
    opened = []

    def make(level, policy="refuse", at=NOW):
        settings = replace(
            place.services.settings,
            pades_level=level,
            timestamp_url=authority.url,
            timestamp_anchors=authority.anchors,
            timestamp_wait_seconds=30,
            timestamp_policy=policy,
        )
        services = build(settings, clock=lambda: at)
        opened.append(services)
        return services

    yield make
    for services in opened:
        services.database.close()


def file_of(services, certificate_id):
    with services.database.reading() as unit:
        return unit.certificates.pdf(certificate_id)


def test_a_certificate_is_issued_with_its_time_proven(place, with_level):
    services = with_level("B-T")
    row = services.issuer.issue(place.granted())
    report = services.verifier.verify_certificate(row.id)
    assert outcomes(report) == {}
    assert report.signature.level is Level.B_T
    assert report.signature.proven_at == NOW + timedelta(seconds=3)
    assert services.archivist().due() == []


def test_while_the_authority_is_silent_refuse_issues_nothing_and_the_next_run_finishes_it(
    place, with_level, authority
):
    decision = place.granted()
    authority.status = 503
    services = with_level("B-T")
    with pytest.raises(TimestampUnavailable):
        services.issuer.issue(decision)
    with services.database.reading() as unit:
        prepared = unit.certificates.by_decision(decision)
        assert prepared.state is CertificateState.PREPARED
        assert unit.decisions.granted_without_certificate() == [decision]
    authority.status = 200
    (issued,) = with_level("B-T").issuer.issue_pending()
    assert (issued.id, issued.award) == (prepared.id, prepared.award)
    assert services.verifier.verify_certificate(issued.id).signature.level is Level.B_T


def test_while_the_authority_is_silent_later_issues_and_the_timestamp_comes_behind_it(
    place, with_level, authority
):
    authority.status = 503
    services = with_level("B-T", "later")
    row = services.issuer.issue(place.granted())
    issued = file_of(services, row.id)
    assert services.verifier.verify_certificate(row.id).signature.level is Level.B_B
    assert services.archivist().due() == [row.id]
    with pytest.raises(TimestampUnavailable):
        services.archivist().archive(row.id)

    authority.status = 200
    services = with_level("B-T", "later")
    update = services.archivist().archive(row.id)

    assert file_of(services, row.id) == issued
    assert services.archivist().due() == []
    handed_out = services.register.pdf(row.id)
    assert handed_out == issued + update.content
    report = services.verifier.verify_file(handed_out)
    assert outcomes(report) == {}
    assert (report.signature.level, report.award) == (Level.B_T, row.award)
    assert outcomes(services.verifier.verify_file(issued)) == {}
    assert services.verifier.verify_certificate(row.id).signature == report.signature


def test_the_archive_is_added_renewed_before_it_ends_and_stays_the_same_certificate(
    place, with_level, authority
):
    services = with_level("B-LTA")
    row = services.issuer.issue(place.granted())
    issued = services.register.pdf(row.id)
    assert services.verifier.verify_certificate(row.id).signature.level is Level.B_T

    first = services.archivist()
    assert first.due() == [row.id]
    update = first.archive(row.id)
    assert (update.sequence, update.with_evidence) == (1, True)
    assert update.renew_before == authority.stamps.signer.not_valid_after_utc
    archived = services.register.pdf(row.id)
    (stamped,) = find_signature(archived).updates
    assert (
        len(stamped.evidence.revocation_lists) == 3
    )  # our own authority's, and both of the timestamp authority
    assert services.verifier.verify_certificate(row.id).signature.level is Level.B_LTA
    assert services.archivist().due() == []

    later = update.renew_before - timedelta(days=100)
    services = with_level("B-LTA", at=later)
    assert services.archivist().due() == [row.id]
    assert services.archivist().due(renewal_days=90) == []
    authority.stamps.at = later
    authority.files = {f"/{part}.crl": authority.stamps.crl(part) for part in ("root", "between")}
    second = services.archivist().archive(row.id)
    renewed = services.register.pdf(row.id)
    assert (second.sequence, renewed) == (2, archived + second.content)
    assert renewed.startswith(issued)
    report = services.verifier.verify_file(renewed)
    assert outcomes(report) == {"period": "expired"}
    assert report.signature.proven_at == NOW + timedelta(seconds=3)


@pytest.mark.parametrize("fault", ["missing", "of a stranger", "no list", "out of date"])
def test_without_a_good_revocation_list_nothing_is_added(place, with_level, authority, fault):
    services = with_level("B-LTA")
    row = services.issuer.issue(place.granted())
    old = replace_at(authority.stamps, NOW - timedelta(days=60))
    wrong = {
        "missing": None,
        "of a stranger": Stamps(name="Strangers", at=NOW).crl("between"),
        "no list": b"<html>",
        "out of date": old,
    }[fault]
    authority.files = {"/root.crl": authority.stamps.crl("root")}
    if wrong is not None:
        authority.files["/between.crl"] = wrong
    with pytest.raises(TimestampUnavailable, match="revocation list"):
        services.archivist().archive(row.id)
    assert services.archivist().due() == [row.id]


def replace_at(stamps, at):
    now, stamps.at = stamps.at, at
    try:
        return stamps.crl("between")
    finally:
        stamps.at = now


def test_of_two_who_archive_one_file_one_is_told_so(place, with_level):
    services = with_level("B-LTA")
    row = services.issuer.issue(place.granted())

    def add(_):
        try:
            return services.archivist().archive(row.id)
        except Conflict as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(add, range(2)))
    with services.database.reading() as unit:
        kept = unit.certificates.updates(row.id)
    assert [item for item in done if not isinstance(item, Conflict)] == list(kept)
    assert [item.sequence for item in kept] == list(range(1, len(kept) + 1))
    assert outcomes(services.verifier.verify_certificate(row.id)) == {}


def test_the_public_report_tells_the_three_facts_the_level_and_the_times(place, with_level):
    services = with_level("B-LTA")
    row = services.issuer.issue(place.granted())
    services.archivist().archive(row.id)
    app = create_app(services)
    report = app.test_client().get(f"/api/v1/verifications/{row.id}").json
    assert report["verdict"] == "PASSED"
    facts = {name: value for name, value in report["signature"].items() if name != "signer"}
    assert facts == {
        "intact": True,
        "valid": True,
        "trusted": True,
        "level": "B-LTA",
        "claimed_at": "2026-11-23T17:00:00Z",
        "proven_at": "2026-11-23T17:00:03Z",
    }


def test_the_command_archives_what_is_due_and_tells_what_failed(place, with_level, authority, tmp_path):
    services = with_level("B-LTA")
    row = services.issuer.issue(place.granted())
    settings = services.settings

    def run(*command, url=authority.url):
        return subprocess.run(
            [CERTIFY, *command],
            env={
                **os.environ,
                "CERTIFY_DATABASE_URL": settings.database_url,
                "CERTIFY_KEY_DIRECTORY": str(settings.key_directory),
                "CERTIFY_KEY_PASSPHRASE_FILE": str(settings.key_passphrase_file),
                "CERTIFY_CHECKED_FILE": str(settings.checked_file),
                "CERTIFY_PADES_LEVEL": "B-LTA",
                "CERTIFY_TIMESTAMP_URL": url,
                "CERTIFY_TIMESTAMP_ANCHORS": str(settings.timestamp_anchors),
                "CERTIFY_TIMESTAMP_WAIT_SECONDS": "30",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    due = run("archive", "--dry-run", "--json")
    assert json.loads(due.stdout) == {"due": [row.id]}
    failed = run("archive", url="http://127.0.0.1:9/tsa")
    assert failed.returncode == 1
    assert "gave no timestamp" in failed.stderr
    assert services.archivist().due() == [row.id]
    done = run("archive", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["level"] == "B-LTA"

    path = tmp_path / "archived.pdf"
    path.write_bytes(services.register.pdf(row.id))
    told = run("verify", str(path))
    assert "B-LTA: intact, valid, trusted" in told.stdout, told.stdout + told.stderr
    assert "2026-11-23T17:00:03Z at the latest, proven by a timestamp" in told.stdout
