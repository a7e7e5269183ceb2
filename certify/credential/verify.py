"""The strict check of a finished credential: form, schema, contexts, issuer, key and signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from certify.credential import dataintegrity
from certify.credential.model import PublishedKey
from certify.credential.rdf import check_shape, parse
from certify.credential.schema import check_schema


def verify_credential(
    data: bytes, public_base: str, keys: Sequence[PublishedKey]
) -> tuple[dict[str, Any], PublishedKey]:
    """Return the credential in the bytes and the key that signed it.

    Whether it says the same as a page is `binding.matches`'s question, and whether it still stands is its
    status lists' (`openbadge.status_entries`).

    Args:
        data: ``credential.json`` as found.
        public_base: The issuer's; the credential must be its own.
        keys: Every key that the issuer ever published.

    Raises:
        InvalidInput: Saying what is wrong.
    """
    document = parse(data)
    check_shape(document)
    check_schema(document)
    return document, dataintegrity.verify(document, public_base, keys)
