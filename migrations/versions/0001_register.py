"""The register: every table, with the keys and checks that hold its rules.

Going back is refused: a register of certificates is never un-made. The tables are spelt out here, and
not taken from `certify.db.tables`, because a revision must always make what it made on its first day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_DIGEST = sa.String(length=64)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _records()
    _certificates()


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _people() -> None:
    """People, their sessions and cohorts."""
    op.create_table(
        "candidate",
        sa.Column("id", _ID, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("native_name", sa.Text(), nullable=False),
        sa.Column("latin_name", sa.Text(), nullable=False),
        sa.Column("printed_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("registered_by", _ID, nullable=False),
        sa.Column("registered_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("reference", name=op.f("uq_candidate_reference")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", _ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("candidate_id", _ID, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_user_account_candidate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_user_account_email_folded")),
    )
    op.create_table(
        "session",
        sa.Column("token_digest", _DIGEST, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("signed_in_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_session_user_id")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False)
    op.create_table(
        "admission",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("eqf_level", sa.Integer(), nullable=True),
        sa.Column("evidence_digest", _DIGEST, nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reviewed_by", _ID, nullable=False),
        sa.Column("reviewed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("eqf_level BETWEEN 1 AND 8", name=op.f("ck_admission_eqf_level")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_admission_candidate_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["user_account.id"], name=op.f("fk_admission_reviewed_by")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_admission")),
        sa.UniqueConstraint("id", name=op.f("uq_admission_id")),
    )
    op.create_index(
        op.f("ix_admission_candidate_id_position"), "admission", ["candidate_id", "position"], unique=False
    )
    op.create_table(
        "cohort",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("framework_id", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
        sa.UniqueConstraint("code", name=op.f("uq_cohort_code")),
    )
    op.create_table(
        "cohort_trainer",
        sa.Column("cohort_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_trainer_cohort_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_cohort_trainer_user_id")),
        sa.PrimaryKeyConstraint("cohort_id", "user_id", name=op.f("pk_cohort_trainer")),
    )
    op.create_index(op.f("ix_cohort_trainer_user_id"), "cohort_trainer", ["user_id"], unique=False)
    op.create_table(
        "cohort_member",
        sa.Column("cohort_id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_cohort_member_candidate_id")
        ),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_member_cohort_id")),
        sa.PrimaryKeyConstraint("cohort_id", "candidate_id", "role_id", name=op.f("pk_cohort_member")),
    )
    op.create_index(op.f("ix_cohort_member_candidate_id"), "cohort_member", ["candidate_id"], unique=False)


def _records() -> None:
    """What is only ever added: frameworks, training records, decisions."""
    op.create_table(
        "framework",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("framework_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_framework")),
        sa.UniqueConstraint("framework_id", "version", name=op.f("uq_framework_framework_id_version")),
    )
    op.create_table(
        "completion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("module_id", sa.Text(), nullable=False),
        sa.Column("module_version", sa.Text(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("workload_minutes", sa.Integer(), nullable=False),
        sa.Column("evidence_digest", _DIGEST, nullable=True),
        sa.Column("trainer_id", _ID, nullable=False),
        sa.Column("recorded_by", _ID, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("supersedes", _ID, nullable=True),
        sa.Column("correction_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(supersedes IS NULL) = (correction_reason = '')", name=op.f("ck_completion_correction_reason")
        ),
        sa.CheckConstraint(
            "outcome IN ('passed', 'failed', 'withdrawn')", name=op.f("ck_completion_outcome")
        ),
        sa.CheckConstraint("supersedes <> id", name=op.f("ck_completion_supersedes")),
        sa.CheckConstraint("workload_minutes >= 0", name=op.f("ck_completion_workload_minutes")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_completion_candidate_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user_account.id"], name=op.f("fk_completion_recorded_by")),
        sa.ForeignKeyConstraint(["supersedes"], ["completion.id"], name=op.f("fk_completion_supersedes")),
        sa.ForeignKeyConstraint(["trainer_id"], ["user_account.id"], name=op.f("fk_completion_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion")),
        sa.UniqueConstraint("id", "candidate_id", "trainer_id", "recorded_by", name="uq_completion_people"),
        sa.UniqueConstraint("supersedes", name=op.f("uq_completion_supersedes")),
    )
    op.create_index(
        "ix_completion_standing",
        "completion",
        ["candidate_id", "module_id", "module_version", "completed_on", "outcome", "id"],
        unique=False,
    )
    op.create_index(
        "uq_completion_natural_key",
        "completion",
        ["candidate_id", "module_id", "module_version", "completed_on"],
        unique=True,
        sqlite_where=sa.text("supersedes IS NULL"),
        postgresql_where=sa.text("supersedes IS NULL"),
    )
    op.create_table(
        "decision",
        sa.Column("id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("framework_id", sa.Text(), nullable=False),
        sa.Column("framework_version", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("decided_by", _ID, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.CheckConstraint("outcome = 'granted' OR reason <> ''", name=op.f("ck_decision_reason")),
        sa.CheckConstraint("outcome IN ('granted', 'refused')", name=op.f("ck_decision_outcome")),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_decision_sequence")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_decision_candidate_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["framework_id", "framework_version"],
            ["framework.framework_id", "framework.version"],
            name="fk_decision_framework",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "candidate_id", "framework_id", "role_id", "sequence", name="uq_decision_sequence"
        ),
        sa.UniqueConstraint("id", "candidate_id", "decided_by", name="uq_decision_decider"),
        sa.UniqueConstraint("id", "candidate_id", "outcome", name="uq_decision_outcome"),
    )
    op.create_table(
        "decision_reliance",
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("completion_id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("decided_by", _ID, nullable=False),
        sa.Column("trainer_id", _ID, nullable=False),
        sa.Column("recorded_by", _ID, nullable=False),
        sa.CheckConstraint(
            "decided_by <> trainer_id AND decided_by <> recorded_by",
            name=op.f("ck_decision_reliance_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["completion_id", "candidate_id", "trainer_id", "recorded_by"],
            ["completion.id", "completion.candidate_id", "completion.trainer_id", "completion.recorded_by"],
            name="fk_decision_reliance_completion",
        ),
        sa.ForeignKeyConstraint(
            ["decision_id", "candidate_id", "decided_by"],
            ["decision.id", "decision.candidate_id", "decision.decided_by"],
            name="fk_decision_reliance_decision",
        ),
        sa.PrimaryKeyConstraint("decision_id", "completion_id", name=op.f("pk_decision_reliance")),
    )


def _certificates() -> None:
    """The register of certificates."""
    op.create_table(
        "certificate",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("decision_outcome", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status_list", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prepared_at", _MOMENT, nullable=False),
        sa.Column("sha256", _DIGEST, nullable=True),
        sa.Column("stored_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "(state = 'prepared' AND sha256 IS NULL AND stored_at IS NULL) OR (state = 'issued' AND sha256 IS NOT NULL AND stored_at IS NOT NULL)",
            name=op.f("ck_certificate_state"),
        ),
        sa.CheckConstraint("decision_outcome = 'granted'", name=op.f("ck_certificate_decision_outcome")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_certificate_candidate_id")),
        sa.ForeignKeyConstraint(
            ["decision_id", "candidate_id", "decision_outcome"],
            ["decision.id", "decision.candidate_id", "decision.outcome"],
            name="fk_certificate_decision",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_certificate")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_certificate_decision_id")),
        sa.UniqueConstraint("id", "sha256", name="uq_certificate_bytes"),
        sa.UniqueConstraint("id", name=op.f("uq_certificate_id")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
        sa.UniqueConstraint("sha256", name=op.f("uq_certificate_sha256")),
        sa.UniqueConstraint("status_list", "status_index", name="uq_certificate_status"),
    )
    op.create_index(op.f("ix_certificate_candidate_id"), "certificate", ["candidate_id"], unique=False)
    op.create_table(
        "certificate_file",
        sa.Column("certificate_id", _ID, nullable=False),
        sa.Column("sha256", _DIGEST, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id", "sha256"],
            ["certificate.id", "certificate.sha256"],
            name="fk_certificate_file_certificate",
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificate_file")),
    )
    op.create_table(
        "status_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("certificate_id", _ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("acted_by", _ID, nullable=False),
        sa.Column("acted_at", _MOMENT, nullable=False),
        sa.Column("superseded_by", _ID, nullable=True),
        sa.CheckConstraint(
            "action IN ('suspend', 'reinstate', 'revoke')", name=op.f("ck_status_event_action")
        ),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_status_event_sequence")),
        sa.ForeignKeyConstraint(["acted_by"], ["user_account.id"], name=op.f("fk_status_event_acted_by")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_status_event_certificate_id")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["certificate.id"], name=op.f("fk_status_event_superseded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_event")),
        sa.UniqueConstraint("certificate_id", "sequence", name="uq_status_event_sequence"),
    )
