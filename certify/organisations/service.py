"""Add organisations, assign schemes, and the three questions that all rights come down to.

A person belongs to one organisation, and so do a cohort and a candidate (ADR 0023).

    administers       an administrator: their own organisation; of the operator: every one
    certifies         a certifier: the schemes whose certification body their organisation is
    certifier_sees    a certifier: candidates who seek or hold a certificate under such a scheme, wherever they
                      trained, and candidates of the certifier's own organisation

What is not theirs is answered as what does not exist.
"""

from __future__ import annotations

from dataclasses import replace

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import InvalidInput, NotFound, NotPermitted
from certify.framework.countries import COUNTRIES
from certify.framework.load import canonical_document
from certify.framework.model import Framework
from certify.identifiers import new_identifier
from certify.organisations.model import Organisation, Sight
from certify.people.model import Candidate, User, UserRole
from certify.people.typed import clean_title
from certify.ports import Database, UnitOfWork


def administers(unit: UnitOfWork, by: User, organisation_id: str) -> bool:
    """Tell whether ``by`` is an administrator of this organisation, or of the installation."""
    return organisation_id in administered(unit, by)


def administered(unit: UnitOfWork, by: User) -> frozenset[str]:
    """Return the ids of the organisations that ``by`` administers."""
    if not by.active or UserRole.ADMINISTRATOR not in by.roles:
        return frozenset()
    if unit.organisations.get(by.organisation_id).operator:
        return frozenset(organisation.id for organisation in unit.organisations.all())
    return frozenset({by.organisation_id})


def body_of(unit: UnitOfWork, framework_id: str) -> Organisation:
    """Return the certification body of a scheme: the operator's where it is assigned to nobody."""
    assigned = unit.organisations.bodies().get(framework_id)
    return unit.organisations.get(assigned) if assigned else unit.organisations.operator()


def schemes_of(unit: UnitOfWork, by: User) -> frozenset[str]:
    """Return the ids of the frameworks under which ``by`` certifies."""
    if not by.active or UserRole.CERTIFIER not in by.roles:
        return frozenset()
    bodies, operator = unit.organisations.bodies(), unit.organisations.operator().id
    return frozenset(
        framework_id
        for framework_id, _version, _at in unit.frameworks.all()
        if bodies.get(framework_id, operator) == by.organisation_id
    )


def certifies(unit: UnitOfWork, by: User, framework_id: str) -> bool:
    """Tell whether ``by`` decides under this scheme."""
    return (
        by.active and UserRole.CERTIFIER in by.roles and body_of(unit, framework_id).id == by.organisation_id
    )


def require_body(unit: UnitOfWork, by: User, framework_id: str) -> None:
    """Raise NotPermitted unless ``by`` belongs to the certification body of this scheme.

    ISO/IEC 17024:2012, 9.4.2: the decision is the certification body's own, and is not outsourced.
    """
    if not certifies(unit, by, framework_id):
        body = body_of(unit, framework_id)
        raise NotPermitted(
            f"Decisions under {framework_id} are taken by {body.name}.", fix=f"ask a certifier of {body.name}"
        )


def certifier_sees(unit: UnitOfWork, by: User, candidate: Candidate) -> bool:
    """Tell whether a candidate is before this certifier: their organisation's own, or under their scheme."""
    if not by.active or UserRole.CERTIFIER not in by.roles:
        return False
    return candidate.organisation_id == by.organisation_id or bool(
        schemes_of(unit, by) & sought_schemes(unit, candidate.id)
    )


def sight_of(unit: UnitOfWork, by: User) -> Sight:
    """Return whose candidates ``by`` sees: those administered, and those before them as a certifier."""
    own, certifying = administered(unit, by), certifier_sight_of(unit, by)
    return Sight(
        everybody=bool(own) and unit.organisations.get(by.organisation_id).operator,
        administered=own,
        organisation_ids=own | certifying.organisation_ids,
        framework_ids=certifying.framework_ids,
    )


def certifier_sight_of(unit: UnitOfWork, by: User) -> Sight:
    """Return whose candidates are before ``by`` as a certifier: for lists what `certifier_sees` is for one."""
    certifying = by.active and UserRole.CERTIFIER in by.roles
    return Sight(
        everybody=False,
        administered=frozenset(),
        organisation_ids=frozenset({by.organisation_id} if certifying else ()),
        framework_ids=schemes_of(unit, by),
    )


def sought_schemes(unit: UnitOfWork, candidate_id: str) -> frozenset[str]:
    """Return the ids of the frameworks under which a candidate seeks or holds a certificate."""
    return frozenset(
        {
            unit.cohorts.get(member.cohort_id).framework_id
            for member in unit.cohorts.of_candidate(candidate_id)
        }
        | {application.framework_id for application in unit.applications.of_candidate(candidate_id)}
        | {decision.framework_id for decision in unit.decisions.of_candidate(candidate_id)}
    )


def add_organisation(
    database: Database, by: User | None, *, name: str, country: str = "", help_contact: str = ""
) -> Organisation:
    """Add an organisation.

    Args:
        by: An administrator of the installation; None for whoever runs commands on its machine.

    Raises:
        NotPermitted: ``by`` administers one organisation only.
        InvalidInput, Conflict: An unusable or taken name.
    """
    organisation = Organisation(
        id=new_identifier(),
        name=clean_title(name, "name"),
        country=_country(country),
        help_contact=clean_title(help_contact, "help contact", required=False),
    )
    with database.writing() as unit:
        require_operator(unit, by)
        unit.organisations.add(organisation)
        _note(unit, by, AuditAction.ORGANISATION_ADDED, organisation)
    return organisation


def change_organisation(
    database: Database, by: User | None, organisation_id: str, *, name: str, country: str, help_contact: str
) -> Organisation:
    """Change an organisation's particulars.

    Raises:
        NotFound: None that ``by`` administers has this id.
        InvalidInput, Conflict: An unusable or taken name.
    """
    with database.writing() as unit:
        known = unit.organisations.get(organisation_id)
        if by is not None and not administers(unit, by, known.id):
            raise NotFound("There is no such organisation.")
        changed = replace(
            known,
            name=clean_title(name, "name"),
            country=_country(country),
            help_contact=clean_title(help_contact, "help contact", required=False),
        )
        unit.organisations.replace(changed)
        _note(unit, by, AuditAction.ORGANISATION_CHANGED, changed)
    return changed


def assign_scheme(database: Database, by: User | None, framework_id: str, organisation_id: str) -> None:
    """Make an organisation the certification body of a scheme.

    Raises:
        NotPermitted: ``by`` does not administer the installation.
        NotFound: No such framework or organisation.
    """
    with database.writing() as unit:
        require_operator(unit, by)
        unit.organisations.assign(
            unit.frameworks.latest(framework_id).id, unit.organisations.get(organisation_id).id
        )
        body = unit.organisations.get(organisation_id)
        _note(unit, by, AuditAction.SCHEME_ASSIGNED, body, framework_id)


def publish_scheme(database: Database, clock: Clock, by: User | None, framework: Framework) -> bool:
    """Publish a framework version, which never changes afterwards; return False where it was published before.

    Raises:
        NotPermitted: ``by`` does not administer the installation.
        FrameworkPublished: This version is published with other content.
    """
    with database.writing() as unit:
        require_operator(unit, by)
        new = unit.frameworks.publish(framework, canonical_document(framework), clock())
        if new:
            name = f"{framework.id} {framework.version}"
            unit.trail.put(by.id if by else None, AuditAction.SCHEME_PUBLISHED, SubjectKind.SCHEME, name)
    return new


def require_operator(unit: UnitOfWork, by: User | None) -> None:
    """Raise NotPermitted unless ``by`` administers the installation, or is whoever runs its commands."""
    if by is not None and not administers(unit, by, unit.organisations.operator().id):
        raise NotPermitted(
            "This is for administrators of the installation.",
            fix=f"ask {unit.organisations.operator().name}",
        )


def _note(
    unit: UnitOfWork, by: User | None, action: AuditAction, organisation: Organisation, detail: str = ""
) -> None:
    unit.trail.put(by.id if by else None, action, SubjectKind.ORGANISATION, organisation.id, detail)


def _country(text: str) -> str:
    code = text.strip().upper()
    if code and code not in COUNTRIES:
        raise InvalidInput("is not a country code.", where="country", fix="give two capital letters, as BG")
    return code
