"""The register's tables. What a rule can say as a constraint is a constraint, so that no code can get round it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from certify.certification.model import DecisionOutcome
from certify.completions.model import CompletionOutcome
from certify.db import (
    audit_table,
    award_tables,
    columns,
    correction_table,
    desk_tables,
    document_table,
    factor_tables,
    file_tables,
    holder_tables,
    letter_table,
    letter_text_table,
    organisation_tables,
    provider_tables,
    signin_tables,
    training_tables,
)
from certify.db.columns import UtcDateTime, folded_type
from certify.db.columns import digest_type as _digest
from certify.db.columns import id_type as _id
from certify.db.columns import key as _key
from certify.db.columns import one_of as _one_of
from certify.db.columns import position as _position
from certify.db.columns import to as _to
from certify.status.model import StatusAction
from certify.status.published import ENTRIES

metadata = columns.metadata
organisation = organisation_tables.organisation
scheme_body = organisation_tables.scheme_body
session = signin_tables.session
api_token = signin_tables.api_token
sign_in_tries = signin_tables.sign_in_tries
passkey = factor_tables.passkey
identity_provider = provider_tables.identity_provider


def _of_organisation() -> Column[str]:
    """Never null: a trigger and a check of revision 0011 see to it, as SQLite adds no such column to a table."""
    return Column("organisation_id", _id(), ForeignKey("organisation.id"), nullable=True, index=True)


candidate = Table(
    "candidate",
    metadata,
    _key(),
    # By code points in both databases, as what is merged of several queries is ordered, too.
    Column("reference", folded_type(), nullable=False, unique=True),
    Column("native_name", Text, nullable=False),
    Column("latin_name", Text, nullable=False),
    Column("printed_name", Text, nullable=False),
    Column("email", Text),
    # No key to user_account, which has one to here: two tables that wait for each other cannot be restored.
    Column("registered_by", _id(), nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("language", Text),
    _of_organisation(),
    # Native name first: it is also what a list by name is ordered by.
    Column("folded", folded_type(), nullable=False, server_default=""),
    Index(None, "folded", "id"),
    Index(None, "organisation_id", "reference"),
    Index(None, "organisation_id", "folded", "id"),
)
user = Table(
    "user_account",
    metadata,
    _key(),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    _to("candidate_id", "candidate.id", null=True),
    Column("active", Boolean, nullable=False),
    Column("language", Text),
    _of_organisation(),
    Column("folded", folded_type(), nullable=False, server_default=""),
    Index(None, "folded", "id"),
    Index(None, "organisation_id", "folded", "id"),
    Index(None, "organisation_id", "email_folded"),
)
admission = Table(
    "admission",
    metadata,
    _position(),
    Column("id", _id(), nullable=False, unique=True),
    _to("candidate_id", "candidate.id"),
    Column("qualification", Text, nullable=False),
    Column("eqf_level", Integer),
    Column("evidence_digest", _digest()),
    Column("accepted", Boolean, nullable=False),
    _to("reviewed_by", "user_account.id"),
    Column("reviewed_at", UtcDateTime, nullable=False),
    CheckConstraint("eqf_level BETWEEN 1 AND 8", name="eqf_level"),
    Index(None, "candidate_id", "position"),
)
cohort = Table(
    "cohort",
    metadata,
    _key(),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("framework_id", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    _of_organisation(),
    Column("folded", folded_type(), nullable=False, server_default=""),
    Index(None, "folded", "id"),
    Index(None, "organisation_id", "code"),
)
cohort_trainer = Table(
    "cohort_trainer",
    metadata,
    Column("cohort_id", _id(), ForeignKey("cohort.id"), primary_key=True),
    Column("user_id", _id(), ForeignKey("user_account.id"), primary_key=True),
    Index(None, "user_id"),
)
cohort_member = Table(
    "cohort_member",
    metadata,
    Column("cohort_id", _id(), ForeignKey("cohort.id"), primary_key=True),
    Column("candidate_id", _id(), ForeignKey("candidate.id"), primary_key=True),
    Column("role_id", Text, primary_key=True),
    Index(None, "candidate_id"),
)
framework = Table(
    "framework",
    metadata,
    _position(),
    Column("framework_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("digest", _digest(), nullable=False),
    # The canonical JSON is the only truth: no second copy of its requirements could come to differ from it.
    Column("document", LargeBinary, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    UniqueConstraint("framework_id", "version"),
)
completion = Table(
    "completion",
    metadata,
    _key(),
    _to("candidate_id", "candidate.id"),
    Column("module_id", Text, nullable=False),
    Column("module_version", Text, nullable=False),
    Column("completed_on", Date, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("workload_minutes", Integer, nullable=False),
    Column("evidence_digest", _digest()),
    _to("trainer_id", "user_account.id"),
    _to("recorded_by", "user_account.id"),
    Column("recorded_at", UtcDateTime, nullable=False),
    # Unique: a record is corrected at most once, so corrections form a chain and never a fork.
    Column("supersedes", _id(), ForeignKey("completion.id"), unique=True),
    Column("correction_reason", Text, nullable=False),
    Column("retracts", Boolean, nullable=False, server_default=false()),
    # The target of a decision's four-eyes key, see decision_reliance.
    UniqueConstraint("id", "candidate_id", "trainer_id", "recorded_by", name="uq_completion_people"),
    _one_of("outcome", CompletionOutcome),
    CheckConstraint("workload_minutes >= 0", name="workload_minutes"),
    CheckConstraint("supersedes <> id", name="supersedes"),
    CheckConstraint("(supersedes IS NULL) = (correction_reason = '')", name="correction_reason"),
    CheckConstraint("NOT retracts OR (supersedes IS NOT NULL AND outcome = 'withdrawn')", name="retracts"),
    # The same completion twice is one record.
    Index(
        "uq_completion_natural_key",
        "candidate_id",
        "module_id",
        "module_version",
        "completed_on",
        unique=True,
        sqlite_where=text("supersedes IS NULL"),
        postgresql_where=text("supersedes IS NULL"),
    ),
    # Holds all that the set query looks at, so that it reads this index and not the table.
    Index(
        "ix_completion_standing",
        "candidate_id",
        "module_id",
        "module_version",
        "completed_on",
        "outcome",
        "id",
    ),
)
decision = Table(
    "decision",
    metadata,
    _key(),
    _to("candidate_id", "candidate.id"),
    Column("framework_id", Text, nullable=False),
    Column("framework_version", Text, nullable=False),
    Column("role_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("assessment", Text, nullable=False),
    _to("decided_by", "user_account.id"),
    Column("decided_at", UtcDateTime, nullable=False),
    # Empty in what was decided before there were declarations; a trigger (revision 0013) asks for it since.
    _to("declaration_id", "conflict_declaration.id", null=True),
    # Of the certificate; empty for the usual one.
    Column("language", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(
        ["framework_id", "framework_version"],
        ["framework.framework_id", "framework.version"],
        name="fk_decision_framework",
    ),
    UniqueConstraint("candidate_id", "framework_id", "role_id", "sequence", name="uq_decision_sequence"),
    # Targets of decision_reliance and of certificate.
    UniqueConstraint("id", "candidate_id", "decided_by", name="uq_decision_decider"),
    UniqueConstraint("id", "candidate_id", "outcome", name="uq_decision_outcome"),
    _one_of("outcome", DecisionOutcome),
    CheckConstraint("sequence >= 1", name="sequence"),
    CheckConstraint("outcome = 'granted' OR reason <> ''", name="reason"),
)
decision_reliance = Table(
    "decision_reliance",
    metadata,
    Column("decision_id", _id(), primary_key=True),
    Column("completion_id", _id(), primary_key=True),
    Column("candidate_id", _id(), nullable=False),
    Column("decided_by", _id(), nullable=False),
    Column("trainer_id", _id(), nullable=False),
    Column("recorded_by", _id(), nullable=False),
    # Four eyes as keys and a check: the row can only repeat the true candidate, decider, trainer and recorder.
    ForeignKeyConstraint(
        ["decision_id", "candidate_id", "decided_by"],
        ["decision.id", "decision.candidate_id", "decision.decided_by"],
        name="fk_decision_reliance_decision",
    ),
    ForeignKeyConstraint(
        ["completion_id", "candidate_id", "trainer_id", "recorded_by"],
        ["completion.id", "completion.candidate_id", "completion.trainer_id", "completion.recorded_by"],
        name="fk_decision_reliance_completion",
    ),
    CheckConstraint("decided_by <> trainer_id AND decided_by <> recorded_by", name="four_eyes"),
)
application = Table(
    "application",
    metadata,
    _position(),
    _to("candidate_id", "candidate.id"),
    Column("framework_id", Text, nullable=False),
    Column("role_id", Text, nullable=False),
    _to("applied_by", "user_account.id"),
    Column("applied_at", UtcDateTime, nullable=False),
    UniqueConstraint("candidate_id", "framework_id", "role_id", name="uq_application_wish"),
    Index(None, "framework_id"),
)
certificate = Table(
    "certificate",
    metadata,
    _position(),
    Column("id", _id(), nullable=False, unique=True),
    Column("decision_id", _id(), nullable=False, unique=True),
    _to("candidate_id", "candidate.id"),
    Column("decision_outcome", Text, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("status_list", Integer, nullable=False),
    Column("status_index", Integer, nullable=False),
    # Where a kind is named, only what varies from award to award.
    Column("award", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    # Empty in what was prepared before certificates held a credential.
    Column("eddsa_key_id", Text),
    Column("es256_key_id", Text),
    Column("state", Text, nullable=False),
    Column("prepared_at", UtcDateTime, nullable=False),
    Column("sha256", _digest(), unique=True),
    Column("stored_at", UtcDateTime),
    # Triggers (revision 0006) tie it to the approved correction, and let it be issued only once the old one ended.
    Column("supersedes", _id(), ForeignKey("certificate.id")),
    Column("credential_sha256", _digest()),
    # Empty in what was prepared before revision 0022, which keeps its award whole.
    Column("award_kind_sha256", _digest(), ForeignKey("award_kind.sha256")),
    # Only for a decision that granted it, and to the person it was granted to.
    ForeignKeyConstraint(
        ["decision_id", "candidate_id", "decision_outcome"],
        ["decision.id", "decision.candidate_id", "decision.outcome"],
        name="fk_certificate_decision",
    ),
    CheckConstraint("decision_outcome = 'granted'", name="decision_outcome"),
    UniqueConstraint("status_list", "status_index", name="uq_certificate_status"),
    # The target of certificate_file.
    UniqueConstraint("id", "sha256", name="uq_certificate_bytes"),
    CheckConstraint(
        "(state = 'prepared' AND sha256 IS NULL AND stored_at IS NULL)"
        " OR (state = 'issued' AND sha256 IS NOT NULL AND stored_at IS NOT NULL)",
        name="state",
    ),
    Index(None, "candidate_id"),
    # The target of correction; and a certificate is superseded at most once, so corrections form a chain.
    Index("uq_certificate_holder", "id", "candidate_id", unique=True),
    Index("uq_certificate_supersedes", "supersedes", unique=True),
)
status_event = Table(
    "status_event",
    metadata,
    _key(),
    _to("certificate_id", "certificate.id"),
    Column("sequence", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    _to("acted_by", "user_account.id"),
    Column("acted_at", UtcDateTime, nullable=False),
    Column("superseded_by", _id(), ForeignKey("certificate.id")),
    UniqueConstraint("certificate_id", "sequence", name="uq_status_event_sequence"),
    _one_of("action", StatusAction),
    CheckConstraint("sequence >= 1", name="sequence"),
)

status_entry = Table(
    "status_entry",
    metadata,
    # A trigger lets a certificate have a reserved place only; its own key, that no two have the same.
    Column("status_list", Integer, primary_key=True, autoincrement=False),
    Column("status_index", Integer, primary_key=True, autoincrement=False),
    CheckConstraint("status_list >= 1", name="status_list"),
    CheckConstraint(f"status_index BETWEEN 0 AND {ENTRIES - 1}", name="status_index"),
)
status_version = Table(
    "status_version",
    metadata,
    # One row. A trigger counts every status event, whoever appends it; PostgreSQL's waits for the commit, so
    # that versions come in the order of commits and no writer holds this row for long.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("changed_at", UtcDateTime),
    CheckConstraint("id = 1", name="id"),
)
correction = correction_table.correction
audit_event = audit_table.audit_event
letter, letter_stop = letter_table.letter, letter_table.letter_stop
letter_text = letter_text_table.letter_text
admission_document = document_table.admission_document
conflict_declaration, case_view = desk_tables.conflict_declaration, desk_tables.case_view
job, job_item = desk_tables.job, desk_tables.job_item
account_closure, publicity = holder_tables.account_closure, holder_tables.publicity
certificate_file, certificate_update = file_tables.certificate_file, file_tables.certificate_update
award_kind = award_tables.award_kind
file_head, credential_token = file_tables.file_head, file_tables.credential_token

batch, batch_line = training_tables.batch, training_tables.batch_line
draft, upload = training_tables.draft, training_tables.upload
column_mapping, evidence_file = training_tables.column_mapping, training_tables.evidence_file

APPEND_ONLY = (
    "admission",
    "audit_event",
    "framework",
    "completion",
    "decision",
    "decision_reliance",
    "application",
    "certificate_file",
    "certificate_update",
    "credential_token",
    "award_kind",
    "file_head",
    "letter_text",
    "publicity",
    "status_event",
    "status_entry",
    "conflict_declaration",
    "case_view",
    "account_closure",
)
"""Tables whose rows are never changed or deleted; triggers hold it (migrations, revisions 0002 to 0022)."""
