"""The award as an Open Badges 3.0 ``OpenBadgeCredential`` (Verifiable Credentials Data Model 2.0).

Every node but the holder's ``IdentityObject`` (which the model keeps closed) has a name, so that with one
blank node the canonical N-Quads are sorted lines, and `press` can write them without RDF processing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from certify.award.record import AwardedCompetence, AwardRecord
from certify.credential.contexts import OB_V3, VC_V2, own_context
from certify.credential.didweb import profile
from certify.credential.model import IssuerProfile
from certify.credential.values import Varying, check_fixed, varying
from certify.errors import InvalidInput, LintFailed
from certify.status.published import StatusPurpose, status_list_url

SPECIMEN = "SPECIMEN: "
"""What the names of a specimen start with, so that no wallet shows it as a certificate."""

_EQF = "http://data.europa.eu/snb/eqf/"


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


def credential(award: AwardRecord) -> dict[str, Any]:
    """Return the award's credential, without a proof.

    Raises:
        LintFailed: A mandatory element is empty, or a text cannot stand in a credential; each is named.
    """
    check_fixed(award)
    return document(award, varying(award), issuer_of(award))


def contexts(public_base: str) -> list[str]:
    """Return the contexts that this installation's credentials name, in their order."""
    return [VC_V2, OB_V3, own_context(public_base)]


def document(award: AwardRecord, values: Varying, issuer: IssuerProfile) -> dict[str, Any]:
    """Return a credential of the award's kind with these values; reads nothing of the award that varies.

    Open Badges 3.0 allows one ``credentialStatus``. It names the suspension list, in which revoked
    certificates are set too, so whoever reads this one entry learns all that must not be accepted;
    ``revocationStatus`` tells the two apart.
    """
    base = issuer.public_base
    page = f"{base}/v/{values.certificate_id}"
    stated: dict[str, Any] = {
        # What every credential of the kind says comes first, so that it is hashed and deflated once (`certify.parts`).
        "@context": contexts(base),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": _title(award),
        "description": award.description,
        "issuer": profile(issuer),
        "certificateKind": award.kind,
        "specimen": award.specimen,
        "signatory": award.signatory,
        "certificateTemplate": f"{award.template_id} {award.template_version}",
        "credentialSubject": _subject(award, values, issuer, page),
        "id": page,
        "awardedDate": values.issued_at,
        "validFrom": f"{values.valid_from}T00:00:00Z",
        # The last day counts in full.
        "validUntil": f"{values.valid_until}T23:59:59Z",
        "evidence": [
            {
                "id": f"{page}#evidence",
                "type": ["Evidence"],
                "name": f"{award.framework_title} {award.framework_version}",
                "narrative": award.assessment,
            }
        ],
        "credentialStatus": _status(values, base, StatusPurpose.SUSPENSION),
        "revocationStatus": _status(values, base, StatusPurpose.REVOCATION),
        "certificateId": values.certificate_id,
        "awardDigest": values.award_digest,
        "verificationPage": page,
        "decidedOn": values.decided_on,
    }
    if values.supersedes is not None:
        stated["supersedes"] = f"{base}/v/{values.supersedes}"
    return stated


def status_entries(credential: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return every status entry that a credential names; all of them must be read.

    Raises:
        InvalidInput: There is none, or one is not an object.
    """
    entries: list[Any] = []
    for name in ("credentialStatus", "revocationStatus"):
        value = credential.get(name, [])
        entries += value if isinstance(value, list) else [value]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidInput("names no status list.", where="credentialStatus")
    return tuple(entries)


def _title(award: AwardRecord) -> str:
    return SPECIMEN + award.role_title if award.specimen else award.role_title


def _status(values: Varying, public_base: str, purpose: StatusPurpose) -> dict[str, str]:
    address = status_list_url(public_base, purpose, values.status_list)
    return {
        "id": f"{address}#{values.status_index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose.value,
        "statusListIndex": str(values.status_index),
        "statusListCredential": address,
    }


def _subject(award: AwardRecord, values: Varying, issuer: IssuerProfile, page: str) -> dict[str, Any]:
    url = achievement_url(award, issuer.public_base)
    return {
        "type": ["AchievementSubject"],
        "achievement": _achievement(award, issuer.public_base, url),
        # Names the holder within this certificate only: nothing links two certificates of one person.
        "id": f"{page}#holder",
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": values.printed,
                "identityType": "name",
            }
        ],
        "printedName": values.printed,
        "nativeName": values.native,
        "latinName": values.latin,
        "licenseNumber": values.number,
        "notionalWorkload": f"PT{values.workload_minutes}M",
        "result": [
            {
                "id": f"{page}#result",
                "type": ["Result"],
                "resultDescription": f"{url}#result",
                "status": "Completed",
            }
        ],
    }


def achievement(award: AwardRecord, public_base: str) -> dict[str, Any]:
    """Return what a credential of the award's kind says of its achievement, as a document of its own.

    It reads nothing of the award that varies, so it names nobody; `achievement_url` is where it is published.
    """
    url = achievement_url(award, public_base)
    return {"@context": contexts(public_base), **_achievement(award, public_base, url)}


def achievement_url(award: AwardRecord, public_base: str) -> str:
    """Return the achievement's name: one for each role, framework version and language."""
    parts = (award.framework_id, award.framework_version, award.role_id, award.language)
    return f"{public_base}/achievements/" + "/".join(quote(part, safe="") for part in parts)


def _achievement(award: AwardRecord, public_base: str, url: str) -> dict[str, Any]:
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
                for alignment in _competence(item, award, public_base, url)
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
