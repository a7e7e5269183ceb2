"""What may be corrected, who may rule on it, and what the new certificate says.

Four eyes, as for every decision (ISO/IEC 17024:2012, 9.4.4): whoever asked does not approve. The database holds
the same rule by itself, see `certify.db.tables`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from certify.award.record import AwardRecord
from certify.clock import utc_day
from certify.corrections.model import Correction, CorrectionState
from certify.errors import Conflict, FourEyes, InvalidInput, NotPermitted
from certify.identifiers import new_certificate_number, new_identifier
from certify.people.model import HolderName, User
from certify.status.model import CertificateStatus, StandingStatus, StatusEntry


def ruled(
    correction: Correction,
    state: CorrectionState,
    by: User,
    at: datetime,
    ruling: str = "",
    decision_id: str | None = None,
) -> Correction:
    """Return the correction as ruled on.

    Raises:
        Conflict: Somebody ruled on it before.
        FourEyes: ``by`` asked for it, or is the candidate.
        NotPermitted: Somebody else than who asked withdraws it.
        InvalidInput: A refusal without a reason.
    """
    if correction.state is not CorrectionState.OPEN or state is CorrectionState.OPEN:
        raise Conflict(
            f"This request is {correction.state.value}.",
            where=correction.id,
            fix="ask for another correction",
        )
    if state is CorrectionState.WITHDRAWN:
        if by.id != correction.requested_by:
            raise NotPermitted("Only who asked for a correction withdraws it.", fix="refuse it instead")
    else:
        _check_four_eyes(correction, by)
    if state is CorrectionState.REFUSED and not ruling:
        raise InvalidInput("A refusal says why.", where="reason", fix="write one line")
    return replace(
        correction, state=state, ruling=ruling, ruled_by=by.id, ruled_at=at, decision_id=decision_id
    )


def _check_four_eyes(correction: Correction, by: User) -> None:
    if by.id == correction.requested_by:
        raise FourEyes("You asked for this correction.", fix="another certifier rules on it")
    if by.candidate_id is not None and by.candidate_id == correction.candidate_id:
        raise FourEyes("Nobody rules on their own certificate.", fix="another certifier rules on it")


def check_correctable(award: AwardRecord, standing: StandingStatus, on: date) -> None:
    """Raise Conflict unless the certificate is in force: nothing else could be turned into something that is.

    A suspended or revoked certificate would come back to life under a new number, and an expired one needs a
    new decision, not a correction.
    """
    if standing.status is not CertificateStatus.ACTIVE:
        said = "superseded" if standing.superseded_by else standing.status.value
        fix = "correct the one that replaces it" if standing.superseded_by else "see its history"
        raise Conflict(f"A certificate that is {said} is not corrected.", where=award.number, fix=fix)
    if on > award.valid_until:
        raise Conflict(
            f"It was valid until {award.valid_until}.",
            where=award.number,
            fix="decide on a new certification",
        )


def corrected_award(
    old: AwardRecord,
    holder: HolderName,
    workload_minutes: int,
    *,
    at: datetime,
    public_base: str,
    place: StatusEntry,
) -> AwardRecord:
    """Return the award that takes the place of ``old``: a new certificate of the same certification.

    Nothing but what was wrong changes. Decision and period of validity are those of the certification, so a
    correction neither prolongs nor restarts it; id, number, moment of issue and place in the status lists
    are the new certificate's own.
    """
    certificate_id = new_identifier()
    prefix = old.number.split("-", 1)[0]
    return replace(
        old,
        certificate_id=certificate_id,
        number=new_certificate_number(prefix, utc_day(at).year),
        holder=holder,
        workload_minutes=workload_minutes,
        issued_at=at,
        verification_url=f"{public_base}/v/{certificate_id}",
        status_list=place.list_number,
        status_index=place.index,
        supersedes=old.certificate_id,
    )
