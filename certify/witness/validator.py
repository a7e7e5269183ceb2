"""Validates a whole certificate by pyHanko and PyLD, which share no code with what made it.

It is slow, so it sees the first certificate of each template and set of keys in a process, and a sample of the
rest (`certify.issuing.maker.WITNESSED_EVERY`). It fetches nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from certify.award.record import AwardRecord
from certify.credential.binding import matches
from certify.credential.jwt import verify_jwt
from certify.credential.model import IssuedCredential, PublishedKey
from certify.credential.openbadge import issuer_of
from certify.credential.verify import verify_credential
from certify.errors import CertifyError, InvalidInput, SelfCheckFailed
from certify.issuing.model import FinishedCertificate

# What it says goes into the error; its own log would repeat it, with a stack trace.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Witness:
    """Validates fresh certificates.

    Args:
        anchors: The authorities to trust.
        published_keys: Every credential key ever published.
    """

    def __init__(
        self,
        anchors: Sequence[x509.Certificate],
        published_keys: Callable[[], Sequence[PublishedKey]],
    ) -> None:
        self._roots = [asn1_x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in anchors]
        self._published_keys = published_keys

    def examine(self, finished: FinishedCertificate, award: AwardRecord, issued: IssuedCredential) -> None:
        """Refuse a certificate of which anything does not hold.

        Raises:
            SelfCheckFailed: Saying what.
        """
        try:
            pdf = finished.pdf.content
            self._signature(pdf, award)
            self._credential(_attached(pdf), award, issued)
        except CertifyError as error:
            raise SelfCheckFailed(
                f"An independent look at the certificate failed: {error.message}", where=award.number
            ) from error

    def _signature(self, pdf: bytes, award: AwardRecord) -> None:
        context = ValidationContext(trust_roots=self._roots, allow_fetching=False, moment=award.issued_at)
        try:
            (signature,) = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
            status = _alone(lambda: validate_pdf_signature(signature, signer_validation_context=context))
        except (PdfError, SignatureValidationError, ValueError) as error:
            raise InvalidInput(f"pyHanko cannot read its signature: {error}") from error
        if not (status.intact and status.valid and status.trusted):
            raise InvalidInput(f"pyHanko finds its signature {status.summary()}.")
        if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
            raise InvalidInput("pyHanko finds that its signature does not cover all of it.")

    def _credential(self, attached: bytes, award: AwardRecord, issued: IssuedCredential) -> None:
        base, keys = issuer_of(award).public_base, self._published_keys()
        stated, _ = verify_credential(attached, base, keys)
        said = [stated, *(verify_jwt(token, base, keys)[0] for token in (issued.jwt_eddsa, issued.jwt_es256))]
        for credential in said:
            for difference in matches(credential, award):
                raise InvalidInput(difference)


def _alone(validate: Callable[[], PdfSignatureStatus]) -> PdfSignatureStatus:
    """Validate where no event loop runs: pyHanko starts one of its own, which inside another is refused."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return validate()
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(validate).result()


def _attached(pdf: bytes) -> bytes:
    try:
        names = PdfFileReader(BytesIO(pdf)).root["/Names"]["/EmbeddedFiles"]["/Names"]
        name, file = names[0], names[1]
        if len(names) != 2 or name != "credential.json":  # noqa: PLR2004 - one name and its file
            raise InvalidInput("It has other attachments than its credential.")
        data: bytes = file["/EF"]["/F"].data
    except (PdfError, LookupError, TypeError, AttributeError) as error:
        raise InvalidInput("pyHanko cannot read its attachment.") from error
    return data
