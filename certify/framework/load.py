"""Load a framework: from a YAML file, from the shipped scheme, or from the document that the register stores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from os import PathLike
from pathlib import Path

from certify.errors import FileUnreadable, NotFound
from certify.framework.document import canonical_bytes, to_framework
from certify.framework.faults import Source, refuse
from certify.framework.model import Framework
from certify.framework.rules import rule_faults
from certify.framework.structure import no_framework, structure_faults
from certify.framework.yaml_source import MAX_BYTES, read_yaml


def load_framework(data: bytes, source: str = "<framework>") -> Framework:
    """Read a framework from the bytes of a YAML file (docs/framework-format.md).

    Args:
        data: The file's bytes, UTF-8, at most 2 MB.
        source: The file's name, for messages.

    Raises:
        FrameworkInvalid: Its ``problems`` name every fault with file, line, key path and fix.
    """
    document, marked = read_yaml(data, source)
    return _checked(document, marked)


def load_framework_file(path: str | PathLike[str]) -> Framework:
    """Read a framework from a YAML file.

    Raises:
        FileUnreadable: There is no such file, or it may not be read.
        FrameworkInvalid: As `load_framework`.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileUnreadable(
            f"cannot be read: {error.strerror or 'unknown reason'}.",
            where=str(path),
            fix="give the path of a framework file",
        ) from error
    return load_framework(data, str(path))


def from_document(document: object, source: str = "<stored framework>") -> Framework:
    """Build a framework from its JSON document, checked as a file is.

    Raises:
        FrameworkInvalid: As `load_framework`, without lines.
    """
    return _checked(document, Source(source))


def canonical_document(framework: Framework | Mapping[str, object]) -> bytes:
    """Return the canonical JSON document (RFC 8785), whose SHA-256 is `Framework.digest`.

    Args:
        framework: A framework, or a document as `from_document` takes it.

    Raises:
        FrameworkInvalid: A document was given and breaks the format.
    """
    if not isinstance(framework, Framework):
        framework = from_document(framework)
    return canonical_bytes(framework)


def published_scheme(name: str = "skills4cities") -> bytes:
    """Return the YAML file of a scheme that ships with certify.

    Raises:
        NotFound: No scheme of that name ships.
    """
    folder = resources.files("certify.framework").joinpath("schemes")
    names = sorted(
        item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")
    )
    if re.fullmatch(r"[a-z0-9-]+", name) is None or name not in names:
        raise NotFound(f"No scheme called {name!r} ships with certify.", fix="it has " + ", ".join(names))
    return folder.joinpath(f"{name}.yaml").read_bytes()


def _checked(document: object, source: Source) -> Framework:
    none = no_framework(document)
    faults = [none] if none else [*structure_faults(document), *rule_faults(document)]
    if faults:
        raise refuse(faults, source)
    assert isinstance(document, dict)
    return to_framework(document)
