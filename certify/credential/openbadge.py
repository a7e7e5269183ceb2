"""The award as an Open Badges 3.0 ``OpenBadgeCredential`` (Verifiable Credentials Data Model 2.0).

Every node but the holder's ``IdentityObject`` (which the model keeps closed) has a name, so that with one
blank node the canonical N-Quads are sorted lines, and `template` can write them without RDF processing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from certify.award.lints import MANDATORY_ELEMENTS
from certify.award.canonical import digest
from certify.award.record import AwardedCompetence, AwardRecord
from certify.clock import iso
from certify.credential.contexts import OB_V3, VC_V2, own_context
from certify.credential.didweb import profile
from certify.credential.model import IssuerProfile
from certify.errors import LintFailed
from certify.status.published import StatusPurpose, status_list_url

BOTH_PURPOSES = (StatusPurpose.REVOCATION, StatusPurpose.SUSPENSION)
SPECIMEN = "SPECIMEN: "
"""What the names of a specimen start with, so that no wallet shows it as a certificate."""

_EQF = "http://data.europa.eu/snb/eqf/"


def missing_elements(award: AwardRecord) -> tuple[str, ...]:
    """Name every empty mandatory element of the Council recommendation of 16 June 2022, Annex I."""

    def empty(value: object) -> bool:
        return not value or (isinstance(value, str) and not value.strip())

    return tuple(name for name, element in MANDATORY_ELEMENTS.items() if empty(element(award)))


def issuer_of(award: AwardRecord) -> IssuerProfile:
    """Return the issuer that an award names; its public base is what precedes ``/v/`` and the id.

    Raises:
        LintFailed: The verification address is not this certificate's.
    """
    base, found, tail = award.verification_url.rpartition("/v/")
    if not (base and found and tail == award.certificate_id):
        raise LintFailed("The verification address is not this certificate's.", where="verification_url")
    return IssuerProfile(
        public_base=base, name=award.awarding_body, website=award.website, country=award.country
    )


def credential(
    award: AwardRecord,
    issuer: IssuerProfile,
    purposes: Sequence[StatusPurpose] = BOTH_PURPOSES,
) -> dict[str, Any]:
    """Return the award's credential, without a proof.

    Args:
        purposes: The status lists to name, all at the award's index. Open Badges 3.0 allows one
            ``credentialStatus`` object, Verifiable Credentials 2.0 any number: one purpose gives an
            object, several give an array (docs/credential.md).

    Raises:
        LintFailed: A mandatory element is empty; each is named.
    """
    missing = missing_elements(award)
    if missing:
        raise LintFailed(
            "; ".join(f"{name} is empty" for name in missing) + ".",
            where="award",
            fix="mend the framework or the records",
        )
    page = award.verification_url
    document: dict[str, Any] = {
        "@context": [VC_V2, OB_V3, own_context(issuer.public_base)],
        "id": page,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": _title(award),
        "description": award.description,
        "issuer": profile(issuer),
        "awardedDate": iso(award.issued_at),
        "validFrom": f"{award.valid_from.isoformat()}T00:00:00Z",
        # The last day counts in full.
        "validUntil": f"{award.valid_until.isoformat()}T23:59:59Z",
        "credentialSubject": _subject(award, issuer),
        "evidence": [
            {
                "id": f"{page}#evidence",
                "type": ["Evidence"],
                "name": f"{award.framework_title} {award.framework_version}",
                "narrative": award.assessment,
            }
        ],
        "credentialStatus": _status(award, issuer.public_base, purposes),
        "certificateId": award.certificate_id,
        "certificateKind": award.kind,
        "awardDigest": digest(award),
        "specimen": award.specimen,
        "verificationPage": page,
        "signatory": award.signatory,
        "decidedOn": award.decided_on.isoformat(),
        "certificateTemplate": f"{award.template_id} {award.template_version}",
    }
    if award.supersedes is not None:
        document["supersedes"] = f"{issuer.public_base}/v/{award.supersedes}"
    return document


def _title(award: AwardRecord) -> str:
    return SPECIMEN + award.role_title if award.specimen else award.role_title


def _status(
    award: AwardRecord, public_base: str, purposes: Sequence[StatusPurpose]
) -> dict[str, str] | list[dict[str, str]]:
    entries = []
    for purpose in purposes:
        address = status_list_url(public_base, purpose, award.status_list)
        entries.append(
            {
                "id": f"{address}#{award.status_index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose.value,
                "statusListIndex": str(award.status_index),
                "statusListCredential": address,
            }
        )
    return entries[0] if len(entries) == 1 else entries


def _subject(award: AwardRecord, issuer: IssuerProfile) -> dict[str, Any]:
    achievement = achievement_url(award, issuer.public_base)
    return {
        # Names the holder within this certificate only: nothing links two certificates of one person.
        "id": f"{award.verification_url}#holder",
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": award.holder.printed,
                "identityType": "name",
            }
        ],
        "printedName": award.holder.printed,
        "nativeName": award.holder.native,
        "latinName": award.holder.latin,
        "licenseNumber": award.number,
        "notionalWorkload": f"PT{award.workload_minutes}M",
        "result": [
            {
                "id": f"{award.verification_url}#result",
                "type": ["Result"],
                "resultDescription": f"{achievement}#result",
                "status": "Completed",
            }
        ],
        "achievement": _achievement(award, issuer, achievement),
    }


def achievement_url(award: AwardRecord, public_base: str) -> str:
    """Return the achievement's name: one for each role, framework version and language."""
    parts = (award.framework_id, award.framework_version, award.role_id, award.language)
    return f"{public_base}/achievements/" + "/".join(quote(part, safe="") for part in parts)


def _achievement(award: AwardRecord, issuer: IssuerProfile, url: str) -> dict[str, Any]:
    levels = sorted({award.level_minimum, award.level_maximum, *(item.level for item in award.competences)})
    return {
        "id": url,
        "type": ["Achievement"],
        "achievementType": "Certification" if award.kind == "role" else "MicroCredential",
        "name": _title(award),
        "description": award.description,
        "inLanguage": award.language,
        "humanCode": award.role_id,
        "version": award.framework_version,
        "criteria": {"id": f"{url}#criteria", "narrative": award.assessment},
        "resultDescription": [
            {
                "id": f"{url}#result",
                "type": ["ResultDescription"],
                "name": award.role_title,
                "resultType": "Status",
            }
        ],
        "alignment": [
            *(
                alignment
                for item in award.competences
                for alignment in _competence(item, award, issuer.public_base, url)
            ),
            *(_eqf_level(level, url) for level in levels),
        ],
        "eqfLevelMinimum": award.level_minimum,
        "eqfLevelMaximum": award.level_maximum,
        "assessmentType": award.assessment,
        "participationForm": award.participation,
        "qualityAssuranceType": award.quality_assurance,
        "renewalTerms": award.renewal,
        "phase": award.phase,
        "frameworkId": award.framework_id,
        "frameworkTitle": award.framework_title,
        "frameworkVersion": award.framework_version,
        "frameworkDigest": award.framework_digest,
    }


def _competence(
    item: AwardedCompetence, award: AwardRecord, public_base: str, url: str
) -> list[dict[str, Any]]:
    framework = "/".join(quote(part, safe="") for part in (award.framework_id, award.framework_version))
    name = quote(item.id, safe="")
    alignments: list[dict[str, Any]] = [
        {
            "id": f"{url}#competence-{name}",
            "type": ["Alignment"],
            "targetCode": item.id,
            "targetName": item.title,
            "targetFramework": award.framework_title,
            "targetType": "ceasn:Competency",
            "targetUrl": f"{public_base}/frameworks/{framework}#{name}",
            "competenceArea": item.area,
            "eqfLevel": item.level,
        }
    ]
    if item.esco:
        alignments.append(
            {
                "id": f"{url}#esco-{name}",
                "type": ["Alignment"],
                "targetName": item.title,
                "targetFramework": "ESCO",
                "targetType": "ext:ESCOSkill",
                "targetUrl": item.esco,
            }
        )
    return alignments


def _eqf_level(level: int, url: str) -> dict[str, Any]:
    return {
        "id": f"{url}#eqf-{level}",
        "type": ["Alignment"],
        "targetCode": str(level),
        "targetName": f"EQF {level}",
        "targetFramework": "European Qualifications Framework",
        "targetType": "ext:EQFLevel",
        "targetUrl": f"{_EQF}{level}",
    }
