"""The pressed file keeps PDF/A-3a and PDF/UA-1, rule by rule, in both designs, every script and both languages."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pikepdf.pdfa
import pytest
from pdf_awards import award, pressed
from pdf_cases import EXTREMES, KINDS, MUTATIONS, broken_by
from pdf_rules import Opened
from pdf_rules_more import RULES
from signed_files import SIGNED_AT, Office
from timestamped_files import Stamping

from certify.pdf.press import CertificatePress

KNOWN = {
    ("pikepdf:schema-Catalog", "interactive forms (/AcroForm) are not supported"),
    ("pikepdf:embedded-file", "embedded files are not supported"),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP namespace pdfaExtension="),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP namespace pdfaSchema="),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP namespace pdfaProperty="),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP property pdfuaid:part is not permitted"),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP property pdfaExtension:schemas is not permitted"),
    ("ISO_19005_3:6.6.4-3", "pdfaid:conformance is 'A', expected 'B'"),
}
"""What pikepdf's checker for level B cannot judge: level A, attachments, the signature field, and PDF/UA's mark."""


def broken_rules(file):
    return {clause: found for clause, check in RULES.items() if (found := list(check(file)))}


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def file(request):
    language, kind, script = request.param
    return Opened(pressed(award(language, kind, script)).content)


def test_the_file_keeps_every_rule(file):
    assert broken_rules(file) == {}


@pytest.mark.parametrize("extreme", EXTREMES)
def test_a_file_of_extremes_keeps_every_rule(extreme):
    assert broken_rules(Opened(pressed(award(**EXTREMES[extreme])).content)) == {}


def test_another_checker_finds_nothing_but_what_it_cannot_judge(file):
    report = pikepdf.pdfa.validate_written(BytesIO(file.data), "3b")
    found = [(finding.rule, finding.message) for finding in report.findings]
    assert found
    assert [
        item
        for item in found
        if not any(item[0] == rule and item[1].startswith(text) for rule, text in KNOWN)
    ] == []


@pytest.mark.parametrize("specimen", [True, False])
def test_it_keeps_every_rule_when_signed(tmp_path, specimen):
    office = Office.open(tmp_path)
    one = award(specimen=specimen, issued_at=SIGNED_AT)
    signed = office.signer.sign(pressed(one, CertificatePress(office.signer.contents_length)), SIGNED_AT)
    assert broken_rules(Opened(signed)) == {}


def test_it_keeps_every_rule_after_each_update(tmp_path):
    """A proven time in the signature, an archive timestamp behind it, and its renewal years later."""
    stamping = Stamping.open(tmp_path, SIGNED_AT)
    data = stamping.sign(pressed=True)
    assert broken_rules(Opened(data)) == {}
    for days in (0, 2000):
        data = stamping.archive(data, days=days)
        assert broken_rules(Opened(data)) == {}


@pytest.mark.parametrize(("clause", "break_it"), MUTATIONS)
def test_a_rule_that_is_broken_is_seen(clause, break_it):
    broken = Opened(broken_by(break_it, pressed(award()).content))
    rules = [check for name, check in RULES.items() if name.startswith(clause)]
    assert rules
    assert any(list(check(broken)) for check in rules)
