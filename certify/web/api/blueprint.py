"""flask-smorest behind types: it ships none, and an untyped decorator would untype every view."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Protocol, TypeVar

from flask import Flask, Request, Response, current_app
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]  # ships no types
from marshmallow import RAISE, Schema

from certify.web.api.openapi import finish

_API = "certify-api"
_DOCUMENT = "certify-api-document"

View = TypeVar("View", bound=Callable[..., Any])


class Decorator(Protocol):
    """A decorator that gives back a view of the type it was given."""

    def __call__(self, view: View, /) -> View:
        """Return the view, decorated."""


class _Api(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """Errors are answered by `certify.web.problems`, not by flask-smorest."""

    def _register_error_handlers(self) -> None:
        """Register none."""

    def _openapi_json(self) -> Response:
        """Serve the document."""
        return Response(json.dumps(document(), ensure_ascii=False), content_type="application/json")


class _Parser(type(Blueprint.ARGUMENTS_PARSER)):  # type: ignore[misc]  # flask-smorest ships no types
    """Refuses as malformed what is nested deeper than Python reads, as what is no JSON."""

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ANN401 - any JSON value
        """See `webargs.core.Parser`."""
        try:
            return super().load_json(req, schema)
        except RecursionError:
            return self._handle_invalid_json_error(json.JSONDecodeError("Nested too deeply", "", 0), req)


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """A blueprint whose decorators keep a view's type."""

    ARGUMENTS_PARSER = _Parser()

    def on(self, method: str, rule: str, *, public: bool = False) -> Decorator:
        """Route one method of one address."""

        def decorate(view: View) -> View:
            documented = self.doc(security=[])(view) if public else view
            routed: View = self.route(rule, methods=[method])(documented)
            return routed

        return decorate

    def sent_as(self, *, content: dict[str, Any]) -> Decorator:
        """Document a body that no schema reads."""
        decorator: Decorator = self.doc(requestBody={"required": True, "content": content})
        return decorator

    def takes(self, schema: type[Schema]) -> Decorator:
        """Read the JSON body by a schema; it becomes the view's first argument."""
        decorator: Decorator = self.arguments(schema)
        return decorator

    def queried(self, schema: type[Schema]) -> Decorator:
        """Read the query by a schema, which refuses a name that it does not know; it becomes the first argument."""
        decorator: Decorator = self.arguments(schema, location="query", unknown=RAISE)
        return decorator

    def answers(self, status: int, schema: type[Schema] | Schema | None = None, says: str = "") -> Decorator:
        """Write the view's value by a schema, with this status unless the view names another."""
        decorator: Decorator = self.response(status, schema, description=says or None)
        return decorator

    def hands_out(self, media_types: tuple[str, ...], schema: dict[str, Any], says: str) -> Decorator:
        """Document an answer that is a file."""
        described = {200: {"content": {kind: {"schema": schema} for kind in media_types}}}

        def decorate(view: View) -> View:
            answering: View = self.response(200, description=says)(view)
            documented: View = self.doc(responses=described)(answering)
            return documented

        return decorate

    def or_answers(self, status: int, schema: type[Schema], says: str) -> Decorator:
        """Document another answer that the view may give."""
        decorator: Decorator = self.alt_response(status, schema=schema, description=says)
        return decorator


def make_api(app: Flask) -> Any:  # noqa: ANN401 - flask-smorest ships no types
    """Attach flask-smorest to the application."""
    api = _Api(app)
    app.extensions[_API] = api
    return api


def document() -> dict[str, Any]:
    """Return the OpenAPI document of the running application, which is made once."""
    extensions = current_app.extensions
    if _DOCUMENT not in extensions:
        # Only the application has all routes, so not before it serves.
        extensions[_DOCUMENT] = finish(deepcopy(extensions[_API].spec.to_dict()), current_app)
    made: dict[str, Any] = extensions[_DOCUMENT]
    return made
