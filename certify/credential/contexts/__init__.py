"""The JSON-LD contexts and the schema that ship with the package; nothing is ever fetched."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from certify.errors import CertifyError, InvalidInput

VC_V2 = "https://www.w3.org/ns/credentials/v2"
OB_V3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
DID_V1 = "https://www.w3.org/ns/did/v1"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"
OWN_PATH = "/contexts/certify-v1.json"
"""Where an installation publishes the extension terms, below its public base."""

OWN_FILE = "certify-v1.json"
SCHEMA_FILE = "openbadge-3.0.schema.json"

_FILES = {
    VC_V2: "credentials-v2.json",
    OB_V3: "ob-v3p0-3.0.3.json",
    DID_V1: "did-v1.json",
    MULTIKEY_V1: "multikey-v1.json",
}
_SHA256 = {
    "credentials-v2.json": "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    "ob-v3p0-3.0.3.json": "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    "did-v1.json": "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
    "multikey-v1.json": "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    # A credential's meaning hangs on these bytes: once published, a change needs a new file certify-v2.json.
    OWN_FILE: "1e9380064e74e47b757897aa5e3c051e79a4fe903560bebc48c4927e6a1fb464",
}


def own_context(public_base: str) -> str:
    """Return the address of an installation's extension terms."""
    return public_base + OWN_PATH


@cache
def shipped(name: str) -> bytes:
    """Return a shipped file's bytes.

    Raises:
        CertifyError: The file is not the one that was reviewed.
    """
    content = files(__package__).joinpath(name).read_bytes()
    if name in _SHA256 and hashlib.sha256(content).hexdigest() != _SHA256[name]:
        raise CertifyError("The shipped file was altered.", where=name, fix="install the package again")
    return content


@cache
def _parsed(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(shipped(name))
    return document


def load(url: str, options: object = None) -> dict[str, Any]:
    """Answer as PyLD's document loader with shipped contexts only.

    Any address that ends in `OWN_PATH` is our own context: which installation may be named is the
    verifier's business, and the terms are the same in all of them.

    Raises:
        InvalidInput: The address is not one of the shipped contexts.
    """
    del options
    name = _FILES.get(url) or (OWN_FILE if url.endswith(OWN_PATH) else None)
    if name is None:
        raise InvalidInput(f"names the context {url}, which this system does not know.", where="@context")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": _parsed(name),
    }
