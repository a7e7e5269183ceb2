"""A report for every answer there is, made from a real certificate's, and a website that shows them.

Each state lies at an identifier of its own, so that a browser or a program can be sent to it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from website import Site
from werkzeug.serving import make_server

from certify.award.record import AwardRecord
from certify.errors import NotFound
from certify.identifiers import encode_identifier
from certify.status.model import CertificateStatus
from certify.status.public import PublicReason, PublicStatus
from certify.verification.checks import REQUIRED
from certify.verification.report import CheckOutcome, Report
from certify.verification.verifier import Verifier
from certify.web.app import create_app

SINCE = datetime(2026, 10, 3, 9, 30, tzinfo=UTC)


def identifier(state: str) -> str:
    return encode_identifier(hashlib.sha256(state.encode()).digest()[:16])


def reports_of(site: Site) -> Mapping[str, Report]:
    """A report for every answer, and for each way to a ``not-genuine`` that has words of its own."""
    verifier = site.place.services.verifier
    genuine = verifier.verify_certificate(site.certificate_of_ana())
    assert genuine.award is not None
    today = site.place.services.clock().date()
    award = replace(genuine.award, specimen=False)
    valid = replace(genuine, award=award)

    def failed(name: str, code: str, **changes: object) -> Report:
        """The same with one check failed."""
        assert name in REQUIRED
        checks = tuple(
            replace(check, outcome=CheckOutcome.FAILED, code=code, reason="It is so.")
            if check.id == name
            else check
            for check in valid.checks
        )
        return replace(valid, checks=checks, **changes)

    def withdrawn(status: CertificateStatus, reason: PublicReason, after: str | None = None) -> Report:
        standing = PublicStatus(status=status, since=SINCE, reason=reason, superseded_by=after)
        return failed("standing", status.value, status=standing)

    def dated(**days: object) -> AwardRecord:
        return replace(award, **days)

    not_a_file = Verifier([], None, site.place.services.clock).verify_file(b"not a certificate")
    return {
        "valid": valid,
        "valid-older-name": replace(valid, renamed=True),
        "specimen": genuine,
        "suspended": withdrawn(CertificateStatus.SUSPENDED, PublicReason.UNDER_REVIEW),
        "revoked": withdrawn(CertificateStatus.REVOKED, PublicReason.RULES_NOT_KEPT),
        "superseded": withdrawn(CertificateStatus.REVOKED, PublicReason.SUPERSEDED, identifier("valid")),
        "expired": failed("period", "expired", award=dated(valid_until=today - timedelta(days=20))),
        "not-yet-valid": failed(
            "period", "not-yet-valid", award=dated(valid_from=today + timedelta(days=20))
        ),
        "not-genuine": replace(failed("digest", "changed"), award=None, status=None),
        "not-genuine forged": failed("signature", "forged"),
        "not-genuine file": not_a_file,
        "cannot-tell": replace(
            valid,
            checks=tuple(
                replace(
                    check, outcome=CheckOutcome.INDETERMINATE, code="register-unavailable", reason="Not now."
                )
                for check in valid.checks
            ),
            award=None,
            status=None,
            signature=None,
        ),
    }


class StatesVerifier:
    """Stands where the verifier stands, and answers with a state's report at the state's identifier."""

    def __init__(self, reports: Mapping[str, Report]) -> None:
        self._reports = {
            identifier(state): replace(
                report,
                subject=identifier(state),
                award=report.award and replace(report.award, certificate_id=identifier(state)),
            )
            for state, report in reports.items()
        }
        self._last = reports

    def verify_certificate(self, certificate_id: str) -> Report:
        if certificate_id not in self._reports:
            raise NotFound("The register holds no certificate with this identifier.", where="certificate")
        return self._reports[certificate_id]

    def verify_file(self, data: bytes, _subject: str = "file") -> Report:
        """A file that is a state's name gets that state's report."""
        return self._last.get(data.decode("utf-8", "replace"), self._last["not-genuine file"])


def states_app(site: Site, reports: Mapping[str, Report]) -> Flask:
    """The site's application, with the states' verifier."""
    services = replace(site.place.services)
    services.__dict__["verifier"] = StatesVerifier(reports)
    return create_app(services)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on this machine for a while, and say where."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
