"""Many certificates checked at once: a list of numbers, or several files. Nothing of it is kept.

The page is sent row by row as the answers come, so it shows its own progress; the same rows as a CSV file are a
link within it, so the server remembers nothing of what an employer asked.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from certify.errors import InvalidInput
from certify.sheets.csv_file import text_of
from certify.verification.batch import MOST_FILES, Line, answer_files, answer_lines, as_csv, lines_of
from certify.web.i18n import gettext
from certify.web.state import services
from certify.web.verdicts import said_line

blueprint = Blueprint("many", __name__)
STRANGERS_SEND = ("many.numbers", "many.files")
_MARK = "<!-- rows -->"


@blueprint.get("/verify/many")
def ask() -> str:
    """Ask for a list or for files."""
    return render_template("many.html", most=MOST_FILES)


@blueprint.post("/verify/many/numbers")
def numbers() -> ResponseReturnValue:
    """Answer a list of numbers or addresses, pasted or as a CSV file."""
    typed = request.form.get("list", "")[:200_000]
    upload = request.files.get("file")
    sent = upload.read() if upload else b""
    try:
        asked = lines_of(typed if typed.strip() else text_of(sent))
    except InvalidInput:
        fault = gettext("Give at most 500 numbers or addresses, one in each line, as text or as a CSV file.")
        return render_template("many.html", fault=fault, typed=typed, most=MOST_FILES), 422
    given = services()
    return _streamed(answer_lines(asked, given.verifier, given.register), len(asked))


@blueprint.post("/verify/many/files")
def files() -> ResponseReturnValue:
    """Answer several files."""
    uploads = [upload for upload in request.files.getlist("files") if upload.filename]
    if not 0 < len(uploads) <= MOST_FILES:
        fault = gettext("Choose the files first, at most 200 at once.")
        return render_template("many.html", fault=fault, most=MOST_FILES), 422
    # Read now: they are closed when the request is over, and the rows are sent after that.
    read = [(upload.filename or "", upload.read()) for upload in uploads]
    return _streamed(answer_files(read, services().file_verifier), len(uploads))


def _streamed(lines: Iterable[Line], count: int) -> Response:
    """Send the page up to its rows, then each row when it is known, then the rest."""
    head, _, tail = render_template("many_results.html", count=count, mark=_MARK).partition(_MARK)

    def parts() -> Iterator[str]:
        done = []
        yield head
        for line in lines:
            done.append(line)
            yield render_template(
                "many_row.html", line=line, said=said_line(line), done=len(done), count=count
            )
        encoded = base64.b64encode(as_csv(done).encode("utf-8-sig")).decode("ascii")
        yield render_template("many_end.html", csv=encoded, lines=done)
        yield tail

    return Response(stream_with_context(parts()), mimetype="text/html")
