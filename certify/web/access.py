"""Who may reach which route: the one table. A route that is not in it stops the application from starting.

Public routes never look at who is asking, so their answers are the same for everyone. Roles open a door;
whose records lie behind it is decided by `certify.web.scope`, record by record.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from flask import Flask

from certify.people.model import UserRole
from certify.signin.model import Pending, Scope


class Everyone(Enum):
    """The single value `PUBLIC`."""

    PUBLIC = "public"


PUBLIC = Everyone.PUBLIC
Access = Everyone | frozenset[UserRole]

ANY_ROLE: Access = frozenset(UserRole)
TRAINER: Access = frozenset({UserRole.TRAINER})
CERTIFIER: Access = frozenset({UserRole.CERTIFIER})
CANDIDATE: Access = frozenset({UserRole.CANDIDATE})
ADMINISTRATOR: Access = frozenset({UserRole.ADMINISTRATOR})
RECORDERS: Access = frozenset({UserRole.TRAINER, UserRole.ADMINISTRATOR})
REVIEWERS: Access = frozenset({UserRole.CERTIFIER, UserRole.ADMINISTRATOR})
STAFF: Access = frozenset({UserRole.TRAINER, UserRole.CERTIFIER, UserRole.ADMINISTRATOR})
HOLDER_AND_REVIEWERS: Access = frozenset({UserRole.CANDIDATE, UserRole.CERTIFIER, UserRole.ADMINISTRATOR})

ACCESS: Mapping[str, Access] = {
    "static": PUBLIC,
    "public.home": PUBLIC,
    "public.verify": PUBLIC,
    "public.verify_upload": PUBLIC,
    "public.verify_number": PUBLIC,
    "public.certificate": PUBLIC,
    "public.certificate_file": PUBLIC,
    "many.ask": PUBLIC,
    "many.numbers": PUBLIC,
    "many.files": PUBLIC,
    "public.badge": PUBLIC,
    "public.schema": PUBLIC,
    "public.checks": PUBLIC,
    "public.problems": PUBLIC,
    "reference.page": PUBLIC,
    "offline.page": PUBLIC,
    "offline.worker": PUBLIC,
    "offline.keys": PUBLIC,
    "public.health": PUBLIC,
    "identity.did": PUBLIC,
    "identity.jwks": PUBLIC,
    "identity.context": PUBLIC,
    "identity.issuer": PUBLIC,
    "identity.achievement": PUBLIC,
    "identity.framework": PUBLIC,
    "mail.stop": PUBLIC,
    "mail.stop_submit": PUBLIC,
    "status_lists.as_json": PUBLIC,
    "status_lists.as_jwt": PUBLIC,
    "auth.sign_in": PUBLIC,
    "auth.sign_in_submit": PUBLIC,
    "auth.sign_out": ANY_ROLE,
    "auth.work": ANY_ROLE,
    "auth.password": ANY_ROLE,
    "links.ask": PUBLIC,
    "links.ask_submit": PUBLIC,
    "links.follow": PUBLIC,
    "links.confirm": PUBLIC,
    "links.confirm_submit": PUBLIC,
    "links.forgot": PUBLIC,
    "links.forgot_submit": PUBLIC,
    "links.follow_password": PUBLIC,
    "links.new_password": PUBLIC,
    "links.new_password_submit": PUBLIC,
    "providers.start": PUBLIC,
    "providers.back": PUBLIC,
    "factors.passkey_options": PUBLIC,
    "factors.passkey_submit": PUBLIC,
    "factors.second_step": ANY_ROLE,
    "factors.second_step_submit": ANY_ROLE,
    "factors.set_up": ANY_ROLE,
    "factors.set_up_submit": ANY_ROLE,
    "factors.renew_codes": ANY_ROLE,
    "factors.remove": ANY_ROLE,
    "factors.new_passkey_options": ANY_ROLE,
    "factors.add_passkey": ANY_ROLE,
    "factors.end_passkey": ANY_ROLE,
    "account.overview": ANY_ROLE,
    "account.end_session": ANY_ROLE,
    "account.end_others": ANY_ROLE,
    "account.add_token": ANY_ROLE,
    "account.end_token": ANY_ROLE,
    "auth.password_submit": ANY_ROLE,
    "trainer.cohorts": TRAINER,
    "trainer.cohort": TRAINER,
    "cohort_log.form": TRAINER,
    "cohort_log.submit": TRAINER,
    "cohort_log.keep": TRAINER,
    "batches.show": RECORDERS,
    "batches.undo": RECORDERS,
    "trainer.member": TRAINER,
    "trainer.correct": TRAINER,
    "trainer.correct_submit": TRAINER,
    "trainer.undo": TRAINER,
    "imports.files": RECORDERS,
    "imports.upload": RECORDERS,
    "imports.show": RECORDERS,
    "imports.columns": RECORDERS,
    "imports.record_rows": RECORDERS,
    "imports.forget": RECORDERS,
    "imports.rejected_file": RECORDERS,
    "evidence.file": STAFF,
    "documents.own": CANDIDATE,
    "documents.bring_own": CANDIDATE,
    "documents.bring": REVIEWERS,
    "documents.withdraw": HOLDER_AND_REVIEWERS,
    "documents.file": HOLDER_AND_REVIEWERS,
    "documents.picture": HOLDER_AND_REVIEWERS,
    "certifier.queue": CERTIFIER,
    "cases.one": CERTIFIER,
    "cases.decide": CERTIFIER,
    "cases.decide_several": CERTIFIER,
    "jobs.recent": CERTIFIER,
    "jobs.page": CERTIFIER,
    "jobs.again": CERTIFIER,
    "jobs.issue_pending": CERTIFIER,
    "certifier.certificates": CERTIFIER,
    "certifier.certificate": CERTIFIER,
    "certifier.change_status": CERTIFIER,
    "certifier.correct": CERTIFIER,
    "candidate.overview": CANDIDATE,
    "candidate.choose_role": CANDIDATE,
    "candidate.role": CANDIDATE,
    "holder.shared": PUBLIC,
    "holder.closed": PUBLIC,
    "holder.shares": CANDIDATE,
    "holder.add_share": CANDIDATE,
    "holder.withdraw": CANDIDATE,
    "holder.data": CANDIDATE,
    "holder.closing": CANDIDATE,
    "holder.close": CANDIDATE,
    "candidate.apply": CANDIDATE,
    "candidate.publicity": CANDIDATE,
    "candidate.pdf": HOLDER_AND_REVIEWERS,
    "candidate.credential": HOLDER_AND_REVIEWERS,
    "candidate.token": HOLDER_AND_REVIEWERS,
    "corrections.waiting": CERTIFIER,
    "corrections.request_page": REVIEWERS,
    "corrections.rule": CERTIFIER,
    "corrections.withdraw": HOLDER_AND_REVIEWERS,
    "corrections.own_name": CANDIDATE,
    "corrections.ask_own_name": CANDIDATE,
    "corrections.name": REVIEWERS,
    "corrections.ask_name": REVIEWERS,
    # The first run: its own guard asks for the terminal's code, and it ends when somebody has an account.
    "setup.wizard": PUBLIC,
    "setup.code": PUBLIC,
    "setup.organisation": PUBLIC,
    "setup.keys": PUBLIC,
    "setup.scheme": PUBLIC,
    "setup.people": PUBLIC,
    "administration.home": ADMINISTRATOR,
    "accounts.one": ADMINISTRATOR,
    "accounts.change": ADMINISTRATOR,
    "accounts.send_link": ADMINISTRATOR,
    "accounts.unlink": ADMINISTRATOR,
    "installation.keys": ADMINISTRATOR,
    "installation.settings": ADMINISTRATOR,
    "installation.designs": ADMINISTRATOR,
    "installation.specimen": ADMINISTRATOR,
    "schemes.all_of_them": ADMINISTRATOR,
    "schemes.trial": ADMINISTRATOR,
    "schemes.publish": ADMINISTRATOR,
    "schemes.one": ADMINISTRATOR,
    "schemes.assign": ADMINISTRATOR,
    "organisations.all_of_them": ADMINISTRATOR,
    "organisations.add": ADMINISTRATOR,
    "organisations.change": ADMINISTRATOR,
    "organisation_sign_in.one": ADMINISTRATOR,
    "organisation_sign_in.change": ADMINISTRATOR,
    "organisation_sign_in.remove": ADMINISTRATOR,
    "letters.queue": ADMINISTRATOR,
    "letters.retry": ADMINISTRATOR,
    "letter_texts.all_of_them": ADMINISTRATOR,
    "letter_texts.one": ADMINISTRATOR,
    "letter_texts.change": ADMINISTRATOR,
    "letter_texts.html": ADMINISTRATOR,
    "letters.reminders": ADMINISTRATOR,
    "letters.send_reminders": ADMINISTRATOR,
    "audit.trail": ADMINISTRATOR,
    "audit.export": ADMINISTRATOR,
    "admin.users": ADMINISTRATOR,
    "admin.add_user": ADMINISTRATOR,
    "admin.set_active": ADMINISTRATOR,
    "admin.candidates": REVIEWERS,
    "admin.register": ADMINISTRATOR,
    "admin.import_candidates": ADMINISTRATOR,
    "admin.candidate": REVIEWERS,
    "admin.review": REVIEWERS,
    "admin.apply": REVIEWERS,
    "admin.cohorts": ADMINISTRATOR,
    "admin.open_cohort": ADMINISTRATOR,
    "admin.cohort": ADMINISTRATOR,
    "admin.join": ADMINISTRATOR,
    "api-docs.openapi_json": PUBLIC,
    "api-sessions.open_session": PUBLIC,
    "api-sessions.close_session": ANY_ROLE,
    "api-sessions.me": ANY_ROLE,
    "api-training.frameworks": ANY_ROLE,
    "api-training.framework": ANY_ROLE,
    "api-training.cohorts": RECORDERS,
    "api-training.cohort": RECORDERS,
    "api-training.cohort_standings": RECORDERS,
    "api-training.record": RECORDERS,
    "api-training.record_batch": RECORDERS,
    "api-training.correct": RECORDERS,
    "api-training.completions_of": ANY_ROLE,
    "api-training.assessment": ANY_ROLE,
    "api-training.programme": ANY_ROLE,
    "api-certification.standings": REVIEWERS,
    "api-certification.queue": CERTIFIER,
    "api-certification.units_of": HOLDER_AND_REVIEWERS,
    "api-certification.apply": HOLDER_AND_REVIEWERS,
    "api-certification.decide": CERTIFIER,
    "api-corrections.waiting": CERTIFIER,
    "api-corrections.of_candidate": HOLDER_AND_REVIEWERS,
    "api-corrections.ask_name": HOLDER_AND_REVIEWERS,
    "api-corrections.ask_record": REVIEWERS,
    "api-corrections.rule": HOLDER_AND_REVIEWERS,
    "api-certification.certificates_of": HOLDER_AND_REVIEWERS,
    "api-certification.certificate": HOLDER_AND_REVIEWERS,
    "api-certification.certificate_pdf": HOLDER_AND_REVIEWERS,
    "api-certification.certificate_credential": HOLDER_AND_REVIEWERS,
    "api-certification.certificate_token": HOLDER_AND_REVIEWERS,
    "api-certification.status_events": HOLDER_AND_REVIEWERS,
    "api-certification.add_status_event": CERTIFIER,
    "api-administration.users": ADMINISTRATOR,
    "api-administration.add_user": ADMINISTRATOR,
    "api-administration.set_active": ADMINISTRATOR,
    "api-administration.candidates": REVIEWERS,
    "api-administration.register": ADMINISTRATOR,
    "api-administration.candidate": ANY_ROLE,
    "api-administration.review": REVIEWERS,
    "api-administration.import_candidates": ADMINISTRATOR,
    "api-administration.open_cohort": ADMINISTRATOR,
    "api-administration.join": ADMINISTRATOR,
    "api-administration.change_user": ADMINISTRATOR,
    "api-administration.send_link": ADMINISTRATOR,
    "api-operating.organisations": ADMINISTRATOR,
    "api-operating.add": ADMINISTRATOR,
    "api-operating.change": ADMINISTRATOR,
    "api-operating.trial": ADMINISTRATOR,
    "api-operating.publish": ADMINISTRATOR,
    "api-operating.assign": ADMINISTRATOR,
    "api-operating.letters": ADMINISTRATOR,
    "api-operating.retry": ADMINISTRATOR,
    "api-operating.reminders": ADMINISTRATOR,
    "api-operating.send_reminders": ADMINISTRATOR,
    "api-imports.import_table": RECORDERS,
    "api-imports.add_evidence": RECORDERS,
    "api-training.retract": RECORDERS,
    "api-training.evidence": STAFF,
    "api-holders.shares": CANDIDATE,
    "api-holders.add_share": CANDIDATE,
    "api-holders.withdraw": CANDIDATE,
    "api-holders.data": CANDIDATE,
    "api-documents.documents_of": HOLDER_AND_REVIEWERS,
    "api-documents.bring": HOLDER_AND_REVIEWERS,
    "api-documents.file": HOLDER_AND_REVIEWERS,
    "api-documents.withdraw": HOLDER_AND_REVIEWERS,
    "api-audit.trail": ADMINISTRATOR,
    "api-issuing.certificates": CERTIFIER,
    "api-issuing.declare_interest": CERTIFIER,
    "api-issuing.issue": CERTIFIER,
    "api-issuing.job": CERTIFIER,
    "api-issuing.again": CERTIFIER,
    "api-issuing.publicity": HOLDER_AND_REVIEWERS,
    "api-issuing.change_publicity": CANDIDATE,
    "api-verifications.by_id": PUBLIC,
    "api-verifications.by_number": PUBLIC,
    "api-verifications.by_file": PUBLIC,
    "api-verifications.many": PUBLIC,
}


_SECOND_STEP = frozenset({"auth.sign_out", "factors.second_step", "factors.second_step_submit"})
OPEN_TO: Mapping[Pending, frozenset[str]] = {
    Pending.SECOND_FACTOR: _SECOND_STEP,
    Pending.ENROLMENT: _SECOND_STEP
    | {"factors.set_up", "factors.set_up_submit", "factors.new_passkey_options", "factors.add_passkey"},
}
"""What a session reaches that still needs something. Who has a second factor does not get to set up another."""

_WRITES: Mapping[str, Scope] = {
    "api-training.": Scope.RECORD,
    "api-certification.": Scope.CERTIFY,
    "api-corrections.": Scope.CERTIFY,
    "api-imports.": Scope.RECORD,
    "api-issuing.": Scope.CERTIFY,
}


def scope_of(endpoint: str, method: str) -> Scope | None:
    """Return what a token needs for a request to the API; None where no token may make it.

    Reading needs `read`. A write that no row above speaks of needs `administer`: what is new is closed.
    """
    if method in {"GET", "HEAD", "OPTIONS"}:
        return Scope.READ
    if endpoint.startswith("api-sessions."):
        return None
    return next((scope for prefix, scope in _WRITES.items() if endpoint.startswith(prefix)), Scope.ADMINISTER)


def check_complete(app: Flask) -> None:
    """Refuse to start with a route whose access nobody decided, or a decision about no route.

    Raises:
        RuntimeError: A fault of the program, not of its use; names the endpoints.
    """
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    undecided = sorted(endpoints - ACCESS.keys())
    stale = sorted(ACCESS.keys() - endpoints)
    if undecided or stale:
        raise RuntimeError(
            f"certify.web.access: routes without a decision {undecided}; decisions without a route {stale}"
        )
