"""A certificate that certifies nothing, to see a design by: the real file, signed with keys that are thrown away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from certify.award.record import AwardRecord
from certify.clock import add_months, utc_day
from certify.credential.press import CredentialPress
from certify.framework.load import load_framework, published_scheme
from certify.identifiers import new_certificate_number, new_identifier
from certify.issuing.awarding import unfilled_award
from certify.keyring.credentials import open_credential_keys
from certify.keyring.store import init_keys, open_signer
from certify.pdf.design import Design, Designs
from certify.pdf.press import CertificatePress
from certify.people.model import HolderName

_BASE = "https://certificates.example"
_WORKLOAD_MINUTES = 160 * 60 + 30


def preview(designs: Designs, design: Design, language: str, name: str, now: datetime) -> bytes:
    """Return a specimen of a design under the shipped scheme, as it would be issued at ``now``.

    Raises:
        DesignInvalid: There are no labels in the language.
        LintFailed: A text or the name does not fit.
    """
    award = specimen_award(design, language, name, now)
    with TemporaryDirectory() as folder:
        directory, passphrase_file = Path(folder) / "keys", Path(folder) / "passphrase"
        init_keys(
            directory,
            passphrase_file,
            lambda: now - timedelta(days=1),
            organisation="SPECIMEN",
            country=award.country,
        )
        keys = open_credential_keys(directory, passphrase_file, lambda: now)
        credential = CredentialPress(_BASE, keys).make_json(award)
        signer = open_signer(directory, passphrase_file)
    unsigned = CertificatePress(signer.contents_length, designs).press(
        award, award.verification_url, credential
    )
    return signer.sign(unsigned, now)


def specimen_award(design: Design, language: str, name: str, now: datetime) -> AwardRecord:
    """Return an award of the design's kind under the shipped scheme; nothing registers it."""
    framework = load_framework(published_scheme())
    role = next(item for item in framework.certifiable.values() if item.kind == design.kind)
    certificate_id, day = new_identifier(), utc_day(now)
    return replace(
        unfilled_award(framework, role.id, language),
        language=language,
        specimen=True,
        template_id=design.id,
        template_version=design.version,
        certificate_id=certificate_id,
        number=new_certificate_number(framework.scheme.number_prefix, day.year),
        holder=HolderName(native=name, latin=name, printed=name),
        workload_minutes=_WORKLOAD_MINUTES,
        decided_on=day,
        issued_at=now,
        valid_from=day,
        valid_until=add_months(day, framework.scheme.validity_months),
        verification_url=f"{_BASE}/v/{certificate_id}",
        status_list=1,
        status_index=1,
    )
