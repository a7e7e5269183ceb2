"""The repository of published framework versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from certify.db import tables as t
from certify.db.inserts import insert_unless_there
from certify.errors import FrameworkInvalid, FrameworkPublished, NotFound
from certify.framework.load import from_document
from certify.framework.model import Framework

# A published version never changes, so what was built from it once serves the whole process.
_built: dict[tuple[str, str, str], Framework] = {}


class SqlFrameworks:
    """Published framework versions."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def publish(self, framework: Framework, document: bytes, at: datetime) -> bool:
        """See `certify.ports.Frameworks`; FrameworkInvalid where the document is not the framework's."""
        if sha256(document).hexdigest() != framework.digest:
            raise FrameworkInvalid(
                "The document is not the canonical JSON of this framework.",
                where=f"{framework.id} {framework.version}",
            )
        added = insert_unless_there(
            self._sql,
            t.framework,
            framework_id=framework.id,
            version=framework.version,
            digest=framework.digest,
            document=document,
            published_at=at,
        )
        if added:
            return True
        table = t.framework.c
        query = select(table.digest).where(
            table.framework_id == framework.id, table.version == framework.version
        )
        if self._sql.execute(query).scalar_one() != framework.digest:
            raise FrameworkPublished(
                f"{framework.id} {framework.version} is published with other contents.",
                fix="a published version never changes: give the file a new version",
            )
        return False

    def get(self, framework_id: str, version: str) -> Framework:
        """See `certify.ports.Frameworks`."""
        table = t.framework.c
        query = select(table.framework_id, table.version, table.digest).where(
            table.framework_id == framework_id, table.version == version
        )
        return self._framework(self._sql.execute(query).one_or_none(), f"{framework_id} {version}")

    def latest(self, framework_id: str) -> Framework:
        """See `certify.ports.Frameworks`."""
        table = t.framework.c
        query = (
            select(table.framework_id, table.version, table.digest)
            .where(table.framework_id == framework_id)
            .order_by(table.position.desc())
            .limit(1)
        )
        return self._framework(self._sql.execute(query).one_or_none(), framework_id)

    def all(self) -> Sequence[tuple[str, str, datetime]]:
        """See `certify.ports.Frameworks`."""
        table = t.framework.c
        query = select(table.framework_id, table.version, table.published_at).order_by(table.position)
        return [(row.framework_id, row.version, row.published_at) for row in self._sql.execute(query)]

    def _framework(self, row: Row[*tuple[Any, ...]] | None, what: str) -> Framework:
        if row is None:
            raise NotFound(f"The framework {what} is not published here.", fix="see: certify framework load")
        key = (row.framework_id, row.version, row.digest)
        if key not in _built:
            table = t.framework.c
            query = select(table.document).where(
                table.framework_id == row.framework_id, table.version == row.version
            )
            framework = from_document(json.loads(self._sql.execute(query).scalar_one()))
            if framework.digest != row.digest:
                raise FrameworkInvalid(
                    f"The stored document of {row.framework_id} {row.version} is not the one that was published.",
                    fix="restore the database from a backup",
                )
            _built[key] = framework
        return _built[key]
