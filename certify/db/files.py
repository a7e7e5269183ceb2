"""Issued files and the tokens of their credentials, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, exists, insert, select

from certify.db import tables as t
from certify.db.inserts import insert_unless_there
from certify.issuing.model import CertificateState, FinishedCertificate, TokenSignatures


def add_files(connection: Connection, finished: Sequence[FinishedCertificate]) -> None:
    """Store the files of certificates, each head that they share once."""
    heads = {item.pdf.head.sha256: item.pdf.head for item in finished}
    known = t.file_head.c.sha256
    there = set(connection.execute(select(known).where(known.in_(list(heads)))).scalars())
    for sha256, head in heads.items():
        if sha256 not in there:
            insert_unless_there(connection, t.file_head, sha256=sha256, content=head.content)
    connection.execute(_ADD, [_file_values(item) for item in finished])


_ADD = insert(t.certificate_file)


def _file_values(item: FinishedCertificate) -> dict[str, Any]:
    return {
        "certificate_id": item.certificate_id,
        "sha256": item.sha256,
        "head_sha256": item.pdf.head.sha256,
        "content": item.pdf.tail,
        "proven_at": item.proven_at,
    }


def file_of(connection: Connection, certificate_id: str) -> bytes | None:
    """Return an issued file, whole."""
    file, head = t.certificate_file, t.file_head
    query = (
        select(head.c.content, file.c.content)
        .select_from(file.outerjoin(head, file.c.head_sha256 == head.c.sha256))
        .where(file.c.certificate_id == certificate_id)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else b"".join(bytes(part) for part in found if part is not None)


def tokens_of(connection: Connection, certificate_id: str) -> TokenSignatures | None:
    """Return the signatures of a credential's tokens, where they were kept."""
    for table in (t.credential_token, t.certificate_file):
        query = select(table.c.jwt_eddsa, table.c.jwt_es256).where(table.c.certificate_id == certificate_id)
        row = connection.execute(query).one_or_none()
        if row is not None and row.jwt_eddsa is not None:
            return TokenSignatures(bytes(row.jwt_eddsa), bytes(row.jwt_es256))
    return None


def keep_tokens(connection: Connection, certificate_id: str, signatures: TokenSignatures) -> None:
    """Keep the signatures of a credential's tokens, unless somebody was faster."""
    insert_unless_there(
        connection,
        t.credential_token,
        certificate_id=certificate_id,
        jwt_eddsa=signatures.eddsa,
        jwt_es256=signatures.es256,
    )


def without_tokens(connection: Connection) -> Sequence[str]:
    """Return ids of issued certificates whose tokens were never signed, oldest first."""
    certificate, file, token = t.certificate.c, t.certificate_file, t.credential_token
    query = (
        select(certificate.id)
        .join(file, file.c.certificate_id == certificate.id)
        .where(
            certificate.state == CertificateState.ISSUED.value,
            certificate.credential_sha256.is_not(None),
            file.c.jwt_eddsa.is_(None),
            ~exists().where(token.c.certificate_id == certificate.id),
        )
        .order_by(certificate.position)
    )
    return connection.execute(query).scalars().all()
