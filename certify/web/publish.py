"""The public side as static files, which any web host or object store serves when this server is gone.

Every file is what the running application answers at that address: it is asked, and its answer is written. So
there is no second way to make a page. A page stands as ``ADDRESS/index.html``, in another language as
``ADDRESS/index.bg.html``; what programs read stands under names of its own (docs/publishing.md).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from certify.clock import iso, utc_day
from certify.errors import CertifyError, InvalidInput
from certify.files import write_whole
from certify.web.i18n import SOURCE, shipped
from certify.web.present import PUBLISHED
from certify.web.state import EXTENSION

MANIFEST = "manifest.json"

CERTIFICATES = "v"
"""The folder of what holders made public."""

_IN_LANGUAGE = re.compile(r'href="(?P<address>(?:/[^"?#]*)?)\?lang=(?P<tag>[\w-]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An address to ask, what to accept, and the file that the answer becomes."""

    address: str
    file: str
    accept: str = "*/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing did."""

    files: int
    written: int
    removed: int


def publish(app: Flask, folder: Path, certificate_ids: Iterable[str]) -> Published:
    """Write the public side into ``folder``; only what changed is written, and what is gone is removed.

    The manifest is written after all files that it names and before any is removed, so that whoever copies by
    it never misses one.

    Args:
        app: An application of its own: from now on its pages are those of files, without forms and sign-in.
        certificate_ids: The certificates whose holders made them public.

    Raises:
        CertifyError: An address does not answer, or a file cannot be written; the old manifest stands then.
        InvalidInput: The folder holds something that publishing did not make, or what is published for another address.
    """
    services = app.extensions[EXTENSION]
    base = services.settings.public_base
    before = _manifest(folder, base)
    if not (folder / MANIFEST).exists():
        # Whoever comes after this one was stopped half-way sees whose folder it is.
        write_whole(folder / MANIFEST, json.dumps({"public_base": base, "files": before}).encode())
    made: dict[str, dict[str, object]] = {}
    written = 0
    app.config[PUBLISHED] = utc_day(services.clock())
    for name, content, kind in _files(app, certificate_ids):
        written += write_whole(folder / name, content)
        made[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "type": kind}
    document = {
        "public_base": base,
        "files": dict(sorted(made.items())),
    }
    stale = sorted((before.keys() | _of_holders(folder)) - made.keys())
    if document["files"] != before:
        document = {"published_at": iso(services.clock()), **document}
        write_whole(folder / MANIFEST, json.dumps(document, indent=1).encode())
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    return Published(files=len(made), written=written, removed=len(stale))


def _manifest(folder: Path, base: str) -> dict[str, dict[str, object]]:
    path = folder / MANIFEST
    if not path.exists():
        if folder.exists() and any(folder.iterdir()):
            raise InvalidInput(
                "is not empty and was not made by certify publish.",
                where=str(folder),
                fix="give a new or empty folder",
            )
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
        found: dict[str, dict[str, object]] = document["files"]
        if any(".." in Path(name).parts or Path(name).is_absolute() for name in found):
            raise ValueError(name for name in found)  # noqa: TRY301 - the same refusal
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("is damaged.", where=str(path), fix="publish into a new folder") from error
    if document.get("public_base", base) != base:
        raise InvalidInput(
            f"is published for {document['public_base']}, and the public base here is {base}; nothing was written.",
            where=str(folder),
            fix="set CERTIFY_PUBLIC_BASE, or publish into a new folder",
        )
    return found


def _of_holders(folder: Path) -> set[str]:
    """Return what is there of certificates, also from a run that was stopped before it could list what it wrote."""
    return {
        path.relative_to(folder).as_posix()
        for path in (folder / CERTIFICATES).rglob("*")
        if not path.is_dir()
    }


def _files(app: Flask, certificate_ids: Iterable[str]) -> Iterator[tuple[str, bytes, str]]:
    client = app.test_client()
    services = app.extensions[EXTENSION]
    base = urlsplit(services.settings.public_base)
    for source in [*_sources(app), *_of_certificates(certificate_ids)]:
        for tag in shipped() if source.file.endswith("index.html") else (SOURCE,):
            response = client.get(
                source.address,
                query_string={"lang": tag} if tag != SOURCE else {},
                headers={"Accept": source.accept, "Accept-Language": SOURCE},
                base_url=f"{base.scheme}://{base.netloc}",
            )
            if response.status_code != 200:  # noqa: PLR2004 - anything else is no answer to keep
                raise CertifyError(f"answers {response.status_code}.", where=source.address)
            content, kind = response.get_data(), response.mimetype or "application/octet-stream"
            if kind == "text/html":
                content = _IN_LANGUAGE.sub(
                    partial(_static_address, source.address), content.decode()
                ).encode()
            yield _file(source.file, tag), content, kind


def _file(name: str, tag: str) -> str:
    return name if tag == SOURCE else name.removesuffix("html") + f"{tag}.html"


def _static_address(own: str, found: re.Match[str]) -> str:
    address = (found["address"] or own).rstrip("/")
    return f'href="{_file(address + "/index.html", found["tag"])}"'


def _sources(app: Flask) -> Iterator[Source]:
    """What everybody may see, whoever holds which certificate."""
    yield Source(address="/", file="index.html", accept="text/html")
    yield Source(address="/checks", file="checks/index.html", accept="text/html")
    # What a phone keeps to check a code without a network (docs/offline-qr.md).
    yield Source(address="/offline", file="offline/index.html", accept="text/html")
    yield Source(address="/service-worker.js", file="service-worker.js")
    yield Source(address="/statement-keys.json", file="statement-keys.json")
    for name in sorted(path.name for path in Path(app.static_folder or "").iterdir() if path.is_file()):
        yield Source(address=f"/static/{name}", file=f"static/{name}")
    for address in (
        "/.well-known/did.json",
        "/.well-known/jwks.json",
        "/issuer.json",
        "/schemas/verification-report-1.json",
        *_contexts(app),
        *_lists(app),
    ):
        yield Source(address=address, file=address.lstrip("/"))
    services = app.extensions[EXTENSION]
    with services.database.reading() as unit:
        frameworks = [unit.frameworks.get(name, version) for name, version, _at in unit.frameworks.all()]
    for framework in frameworks:
        yield from _page_and_data(f"/frameworks/{framework.id}/{framework.version}", "framework.json")
        for role_id in framework.certifiable:
            for tag in framework.languages:
                address = f"/achievements/{framework.id}/{framework.version}/{role_id}/{tag}"
                yield from _page_and_data(address, "achievement.json")


def _page_and_data(address: str, name: str) -> Iterator[Source]:
    folder = address.lstrip("/")
    yield Source(address=address, file=f"{folder}/index.html", accept="text/html")
    yield Source(address=address, file=f"{folder}/{name}", accept="application/json")


def _contexts(app: Flask) -> Iterator[str]:
    yield from (rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "identity.context")


def _lists(app: Flask) -> Iterator[str]:
    """The addresses of every status list, as JSON and as a token."""
    for item in app.extensions[EXTENSION].status_lists.all():
        address = f"/status/{item.purpose.value}/{item.number}"
        yield from (f"{address}.json", f"{address}.jwt")


def _of_certificates(certificate_ids: Iterable[str]) -> Iterator[Source]:
    for name in certificate_ids:
        address = f"/v/{name}"
        yield Source(address=address, file=f"{CERTIFICATES}/{name}/index.html", accept="text/html")
        yield Source(address=address, file=f"{CERTIFICATES}/{name}/report.json", accept="application/json")
        yield Source(address=f"{address}/badge.svg", file=f"{CERTIFICATES}/{name}/badge.svg")
        yield Source(address=address, file=f"{CERTIFICATES}/{name}/credential.json", accept="application/vc")
        yield Source(
            address=address, file=f"{CERTIFICATES}/{name}/credential.jwt", accept="application/vc+jwt"
        )
