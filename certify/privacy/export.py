"""A copy of all that is known of one person: JSON for programs, their files, and a page for themselves (GDPR, 15 and 20).

Colleagues are named by what they did and not by who they are: their names are their own data (GDPR, 15(4)). Of letters
it says that they were written and what became of them, as what they said is forgotten; of secrets (tokens, passkeys, a second
factor) that they are there. What is kept for a short time only, to answer a request sent twice or to import a file, is left out.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import IO, Any

from certify.audit.model import AuditEntry, AuditFilter, AuditPlace
from certify.award.record import to_json
from certify.clock import iso
from certify.people.model import User
from certify.ports import UnitOfWork

Json = dict[str, Any]
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that the same data is the same archive."""
_AT_ONCE = 1_000
"""Lines of the audit trail that are read together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of the archive."""

    name: str
    content: bytes


def person_document(unit: UnitOfWork, user: User, at: datetime) -> Json:
    """Return everything that is known of a candidate as JSON values."""
    candidate_id = user.candidate_id or ""
    person = unit.candidates.get(candidate_id)
    admission = unit.candidates.admission(candidate_id)
    issued = unit.certificates.of_candidate(candidate_id)
    steps = {row.id: unit.publicity.history(row.id) for row in issued}
    cohorts = [
        (unit.cohorts.get(member.cohort_id), member) for member in unit.cohorts.of_candidate(candidate_id)
    ]
    document = {
        "made_at": at,
        "person": asdict(person),
        "account": {
            "email": user.email,
            "display_name": user.display_name,
            "roles": sorted(role.value for role in user.roles),
            "language": user.language,
        },
        "sessions": [
            {"method": item.method.value, "device": item.device, "signed_in_at": item.signed_in_at}
            for item in unit.users.sessions(user.id)
        ],
        **_ways_to_sign_in(unit, user),
        "prior_qualification": asdict(admission) if admission else None,
        "qualification_documents": [asdict(item) for item in unit.documents.of_candidate(candidate_id)],
        "cohorts": [
            {"code": cohort.code, "title": cohort.title, "role_id": member.role_id}
            for cohort, member in cohorts
        ],
        "chosen_role": unit.holders.chosen_role(candidate_id),
        "records": [asdict(record) for record in unit.completions.of_candidate(candidate_id)],
        "applications": [asdict(item) for item in unit.applications.of_candidate(candidate_id)],
        "decisions": [
            {
                "id": item.id,
                "role_id": item.role_id,
                "framework_version": item.framework_version,
                "outcome": item.outcome.value,
                "reason": item.reason,
                "decided_at": item.decided_at,
                "results": [asdict(result) for result in item.assessment.results],
            }
            for item in unit.decisions.of_candidate(candidate_id)
        ],
        "certificates": [
            {
                "award": to_json(row.award),
                "state": row.state.value,
                "sha256": row.sha256,
                "events": [asdict(event) for event in unit.certificates.events(row.id)],
                "public": bool(steps[row.id]) and steps[row.id][-1].public,
                "publicity": [{"public": step.public, "acted_at": step.acted_at} for step in steps[row.id]],
            }
            for row in issued
        ],
        "corrections": [asdict(item) for item in unit.corrections.of_candidate(candidate_id)],
        "conflicts_of_interest": [
            {"conflict": item.conflict, "declared_at": item.declared_at}
            for item in unit.impartiality.declarations(candidate_id)
        ],
        "shares": [asdict(item) for item in unit.shares.of_candidate(candidate_id)],
        "letters": [
            {
                "kind": item.letter.kind.value,
                "to": item.letter.to,
                "queued_at": item.letter.queued_at,
                "state": item.state.value,
                "settled_at": item.settled_at,
            }
            for address in sorted({user.email.casefold(), (person.email or user.email).casefold()})
            for item in unit.outbox.to(address)
        ],
        "what_you_did": [
            {
                "action": item.action.value,
                "subject_kind": item.subject_kind.value,
                "detail": item.detail,
                "at": item.at,
            }
            for item in _own_deeds(unit, user)
        ],
    }
    cleaned: Json = _plain(document)
    return cleaned


def _ways_to_sign_in(unit: UnitOfWork, user: User) -> Json:
    factor, linked = unit.factors.of_user(user.id), unit.providers.of_user(user.id)
    return {
        "second_factor": {
            "made_at": factor.made_at,
            "recovery_codes_left": unit.factors.recovery_codes_left(user.id),
        }
        if factor
        else None,
        "organisation_sign_in": {
            "issuer": linked.issuer,
            "subject": linked.subject,
            "linked_at": linked.linked_at,
        }
        if linked
        else None,
        "passkeys": [
            {"name": item.name, "made_at": item.made_at, "used_at": item.used_at}
            for item in unit.passkeys.of_user(user.id)
        ],
        "tokens": [
            {
                "name": item.name,
                "scopes": item.scopes,
                "made_at": item.made_at,
                "expires_at": item.expires_at,
                "used_at": item.used_at,
                "revoked_at": item.revoked_at,
            }
            for item in unit.tokens.of_user(user.id)
        ],
    }


def _own_deeds(unit: UnitOfWork, user: User) -> Iterator[AuditEntry]:
    """Return what the trail says that the person did, the latest first. Who else it was about is not said."""
    after = None
    while True:
        found = unit.trail.search(AuditFilter(about=frozenset({user.id})), _AT_ONCE, after)
        yield from (item for item in found if item.actor_id == user.id)
        if len(found) < _AT_ONCE:
            return
        after = AuditPlace(found[-1].at, found[-1].id)


def _is_colleague(key: str) -> bool:
    """Tell whether a field names who did something; another record is no colleague."""
    return key == "trainer_id" or (key.endswith("_by") and key != "superseded_by")


def write_archive(stream: IO[bytes], entries: Iterator[Entry]) -> None:
    """Write the archive, one file after the other, so that no more than one is held in memory."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            archive.writestr(zipfile.ZipInfo(entry.name, EPOCH), entry.content, zipfile.ZIP_DEFLATED)


def as_text(document: Json) -> bytes:
    """Write a document as JSON that people can read, too."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of the core
    """Turn values into JSON's, without the ids of colleagues."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if not _is_colleague(name)}
    if isinstance(value, list | tuple | set | frozenset):
        plain = [_plain(item) for item in value]
        return sorted(plain) if isinstance(value, set | frozenset) else plain
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
