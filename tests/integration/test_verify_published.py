"""Verification from the published files alone: no server, no database, and honest where they do not say."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from website import open_site

from certify.cli import published as command
from certify.credential.keyset import read_key_set
from certify.publicity.service import set_public
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status
from certify.verification.report import CheckOutcome
from certify.verification.without_register import verify_published
from certify.web.app import create_app
from certify.web.publish import publish


@pytest.fixture
def site(tmp_path):
    return open_site(tmp_path)


class Left:
    """What is left when the issuing body is gone: a folder of files, and the file that somebody holds."""

    def __init__(self, site, folder, *, revoked=False):
        place, services = site.place, site.place.services
        self.id = site.certificate_of_ana()
        with services.database.reading() as unit:
            ana = unit.users.by_email("ana@example.org")
        set_public(services.database, services.clock, ana, self.id, public=True)
        if revoked:
            change_status(
                *(services.database, services.clock, place.certifier, self.id),
                *(StatusAction.REVOKE, StatusReason.MISCONDUCT),
            )
        publish(create_app(services), folder, [self.id])
        self.folder, self.clock, self.anchors = folder, services.clock, services.anchors
        self.pdf = services.register.pdf(self.id)
        services.database.close()
        for path in folder.parent.glob("certify.db*"):
            path.unlink()

    def answer(self, data, clock=None, lists=None):
        paths = sorted(self.folder.glob("status/*/*.json"))
        issuer = read_key_set((self.folder / ".well-known/jwks.json").read_bytes())
        given = [path.read_bytes() for path in paths] if lists is None else lists
        return verify_published(data, "file", issuer, given, self.anchors, clock or self.clock)

    def published(self, name):
        return (self.folder / "v" / self.id / name).read_bytes()


def outcomes(answer):
    return {item.id: (item.outcome.value, item.code) for item in answer.report.checks}


def test_a_file_a_credential_and_a_token_are_verified_when_only_the_files_are_left(site, tmp_path):
    left = Left(site, tmp_path / "public")
    for data in (left.pdf, left.published("credential.json"), left.published("credential.jwt")):
        answer = left.answer(data)
        assert answer.report.verdict is CheckOutcome.PASSED, outcomes(answer)
        assert not {"registered", "statements"} & outcomes(answer).keys()
        assert answer.credential["certificateId"] == left.id
        assert answer.as_of is not None


def test_a_revocation_is_in_the_files(site, tmp_path):
    left = Left(site, tmp_path / "public", revoked=True)
    answer = left.answer(left.pdf)
    assert answer.report.verdict is CheckOutcome.FAILED
    assert outcomes(answer)["standing"] == ("FAILED", "revoked")


def test_lists_that_ended_or_are_missing_mean_cannot_tell_and_never_valid_or_invalid(site, tmp_path):
    left = Left(site, tmp_path / "public")
    late = left.answer(left.pdf, clock=lambda: left.clock() + timedelta(days=9))
    assert (late.report.verdict, outcomes(late)["standing"][1]) == (
        CheckOutcome.INDETERMINATE,
        "list-outdated",
    )
    without = left.answer(left.pdf, lists=[])
    assert (without.report.verdict, outcomes(without)["standing"][1]) == (
        CheckOutcome.INDETERMINATE,
        "no-list",
    )
    ended = left.answer(left.pdf, clock=lambda: left.clock() + timedelta(days=3 * 366))
    assert outcomes(ended)["period"] == ("FAILED", "expired")


def test_a_changed_file_and_a_foreign_authority_are_refused(site, tmp_path):
    left = Left(site, tmp_path / "public")
    changed = bytearray(left.pdf)
    changed[len(changed) // 3] ^= 1
    assert left.answer(bytes(changed)).report.verdict is CheckOutcome.FAILED
    left.anchors = []
    assert outcomes(left.answer(left.pdf))["signer"] == ("FAILED", "unknown-authority")
    credential = left.published("credential.json").replace(b"Ana Li", b"Eve Li")
    forged = left.answer(credential)
    assert forged.credential is None
    assert outcomes(forged)["proof"] == ("FAILED", "credential-forged")
    assert outcomes(forged)["standing"] == ("INDETERMINATE", "no-proof")


def test_the_command_says_what_it_could_not_ask(site, tmp_path, capsys, monkeypatch):
    left = Left(site, tmp_path / "public")
    monkeypatch.setattr(command, "system_clock", left.clock)
    file = tmp_path / "held.pdf"
    file.write_bytes(left.pdf)
    with pytest.raises(SystemExit) as ended:
        command.verify_by_files(str(file), left.folder, left.anchors, [], in_json=False)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "PASSED" in said
    assert command.NOT_ASKED in said
    shutil.rmtree(left.folder / "status")
    with pytest.raises(SystemExit) as ended:
        command.verify_by_files(str(file), left.folder, left.anchors, [], in_json=True)
    assert ended.value.code == 3
