"""What a reader accepts, without the parameters of media types.

None of ours has one that tells it from another: ``text/html; charset=utf-8`` is what every page is, and what some programs ask for.
"""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import MIMEAccept
from werkzeug.utils import cached_property


class Asked(Request):
    """A request of this application."""

    @cached_property
    def accept_mimetypes(self) -> MIMEAccept:
        """The media types that are accepted, each with its quality."""
        stated: MIMEAccept = super().accept_mimetypes
        return MIMEAccept([(kind.partition(";")[0].strip(), quality) for kind, quality in stated])
