"""Training records from a file by API: tried first, unless it is said otherwise."""

from __future__ import annotations

from flask import request

from certify.completions.sheet_import import ImportMode, import_completions
from certify.evidence.model import EvidenceKind
from certify.evidence.service import keep_evidence
from certify.web.api import administration_schemas as schemas
from certify.web.api import holder_schemas
from certify.web.api.administration import TABLE, table_sent
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.shapes import Json, report_shape
from certify.web.scope import framework_for
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = ApiBlueprint("api-imports", __name__, description="Record training from files.")
_FILE = {"schema": {"type": "string", "format": "binary"}}
_FORM = TABLE["multipart/form-data"]
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.on("POST", "/completions/import")
@blueprint.sent_as(content=TABLE | {_WORKBOOK: _FILE})
@blueprint.queried(schemas.ImportQuery)
@blueprint.answers(200, schemas.ImportShape)
def import_table(query: Json) -> Json:
    """Try a CSV or XLSX file row by row, or record it: its good rows, or all of them or nothing."""
    given = services()
    with given.database.reading() as unit:
        framework = framework_for(unit, query["framework"])
    done = import_completions(
        given.database, given.clock, current_user(), framework.id, table_sent(), ImportMode(query["mode"])
    )
    return report_shape(done.report, kept=done.kept)


@blueprint.on("POST", "/evidence")
@blueprint.sent_as(content={kind.value: _FILE for kind in EvidenceKind} | {"multipart/form-data": _FORM})
@blueprint.answers(201, holder_schemas.EvidenceShape)
def add_evidence() -> Json:
    """Keep a PDF, PNG or JPEG as evidence; a completion names it by its digest."""
    given = services()
    upload = request.files.get("file")
    kept = keep_evidence(
        given.database,
        given.clock,
        given.evidence,
        current_user(),
        (upload.filename if upload else None) or "evidence",
        table_sent(),
        given.settings.evidence_megabytes * 1_000_000,
    )
    return {
        "digest": kept.digest,
        "name": kept.name,
        "kind": kept.kind.value,
        "size_bytes": kept.size_bytes,
    }
