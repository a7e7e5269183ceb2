"""Training records from a file by API: tried first, unless it is said otherwise."""

from __future__ import annotations

from certify.completions.sheet_import import ImportMode, import_completions
from certify.web.api import administration_schemas as schemas
from certify.web.api.administration import TABLE, table_sent
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.shapes import Json, report_shape
from certify.web.scope import framework_for
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = ApiBlueprint("api-imports", __name__, description="Record training from files.")
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.on("POST", "/completions/import")
@blueprint.sent_as(content=TABLE | {_WORKBOOK: {"schema": {"type": "string", "format": "binary"}}})
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
