"""Attacks tried on every route, not on some: each walks the rows of the table, with requests that would succeed."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

import openpyxl
import pytest
from houses_asked import COMMON, address, asked, code_of, letter_of
from rights_table import ASKERS, FORMS_OF_STRANGERS, ROWS, Row
from two_houses import Houses
from website import without_own_scripts
from werkzeug.test import TestResponse

from certify.web.access import ACCESS, PUBLIC

DRAWN = r"""[0-9a-f]{64}|\$argon2[^']*|b'[^']*'|"challenge": "[^"]*"|certify_[\w-]{4}"""
SCRIPT = """"'><script>alert(1)</script>"""
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
)
WRITES = [route for route in ROWS if not route.startswith("GET ")]
FORMS = [route for route in WRITES if "/api/" not in route]
ENDING = {
    "POST /sign-out",
    "POST /password",
    "POST /candidate/close",
    "POST /account/sessions/end-others",
    "POST /admin/users/<user_id>/active",
}
"""After these there is nobody left to go on with."""


@pytest.fixture(autouse=True)
def _as_it_was(houses: Houses) -> Iterator[None]:
    yield
    houses.put_back()


def able(houses: Houses, route: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Who does this, with what is their own."""
    for name, cell in zip(ASKERS, ROWS[route].own, strict=True):
        if cell in "+!":
            yield name, dict(houses.north.values("candidate" if name == "visitor" else name))


def content(houses: Houses) -> list[tuple[str, str]]:
    """Every row of the database that its snapshot has not, without what is drawn anew each time."""
    found = []
    known = {
        table for (table,) in houses._kept.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    for table in sorted(known - {"sqlite_sequence"}):
        before = {repr(row) for row in houses._kept.execute(f"SELECT * FROM {table}")}
        after = {repr(row) for row in houses._file.execute(f"SELECT * FROM {table}")}
        for row in before ^ after:
            bare = re.sub(r"[A-Z2-7]{26}", "ID", row)
            found.append((table, re.sub(DRAWN, "DRAWN", bare)))
    return sorted(found)


@pytest.mark.parametrize("route", sorted(set(FORMS) - FORMS_OF_STRANGERS))
def test_no_form_is_taken_from_another_site_or_without_its_token(houses: Houses, route: str) -> None:
    for name, values in itertools.islice(able(houses, route), 2):
        for token, headers in (
            ("", {}),
            ("made-up", {}),
            (houses.form_tokens["system" if name != "system" else "trainer"], {}),
            (houses.form_tokens[name], {"Sec-Fetch-Site": "cross-site"}),
        ):
            row = replace(ROWS[route], form={**ROWS[route].form, "csrf_token": token})
            answer = asked(houses, name, route, row, values, headers=headers)
            assert (answer.status_code, code_of(answer)) == (400, "form-expired"), (name, token)
            assert not houses.put_back(), name


@pytest.mark.parametrize("route", [route for route in FORMS if not route.endswith("/draft")])
def test_a_form_with_more_fields_than_it_has_does_the_same(houses: Houses, route: str) -> None:
    """A draft is left out: it is whatever was in the form, shown to its author again and to nobody else."""
    more = {
        "id": "A" * 26,
        "organisation_id": houses.south.ids["organisation_id"],
        "organisation": houses.south.ids["organisation_id"],
        "user_id": houses.south.ids["user_id"],
        "candidate_id": houses.south.ids["candidate_id"],
        "trainer_id": houses.south.ids["trainer_id"],
        "decided_by": houses.south.ids["user_id"],
        "recorded_by": houses.south.ids["user_id"],
        "requested_by": houses.south.ids["user_id"],
        "uploaded_by": houses.south.ids["user_id"],
        "roles": "administrator",
        "operator": "true",
        "active": "yes",
        "is_admin": "1",
        "password_hash": "x",
        "state": "issued",
        "sha256": "0" * 64,
    }
    for name, values in itertools.islice(able(houses, route), 1):
        row = ROWS[route]
        plain = asked(houses, name, route, row, values)
        done = content(houses)
        houses.put_back()
        stuffed = replace(
            row, form={**{key: value for key, value in more.items() if key not in row.form}, **row.form}
        )
        answer = asked(houses, name, route, stuffed, values)
        assert answer.status_code == plain.status_code, name
        assert content(houses) == done, name
        houses.put_back()


@pytest.mark.parametrize("route", [route for route in WRITES if ROWS[route].json])
def test_a_document_with_a_member_that_is_not_described_is_refused_whole(houses: Houses, route: str) -> None:
    for name, values in itertools.islice(able(houses, route), 1):
        for key in ("id", "organisation_id", "decided_by", "operator", "password_hash"):
            if key in ROWS[route].json:
                continue
            row = replace(ROWS[route], json={**ROWS[route].json, key: "A" * 26})
            answer = asked(houses, name, route, row, values)
            assert (answer.status_code, answer.json["code"]) == (422, "invalid-input"), key
            assert any(key in error for error in answer.json["errors"]), answer.json
            assert not houses.put_back()


def test_no_route_leads_to_another_site_whatever_it_is_told(houses: Houses) -> None:
    elsewhere = itertools.cycle(ELSEWHERE)
    for route in ROWS:
        for name, values in itertools.islice(able(houses, route), 3):
            there = next(elsewhere)
            told = dict.fromkeys(("next", "then", "back", "url", "return_to", "redirect"), there)
            row = ROWS[route]
            query = "&".join(filter(None, [row.query, *(f"{key}={there}" for key in told)]))
            if "/api/" in route or "audit" in route:
                query = row.query
            answer = asked(houses, name, route, replace(row, form={**told, **row.form}, query=query), values)
            houses.put_back()
            place = answer.headers.get("Location", "/")
            assert re.match(r"/(?![/\\])", place), (route, name, place)
            assert "evil" not in place.split("?")[0], (route, place)
            if answer.mimetype == "text/html":
                page = answer.get_data(as_text=True)
                assert not re.search(
                    r'(?:href|action|value)="(?:https?:)?[/\\\s]{2,}evil|"javascript:', page
                ), route


def test_a_session_that_begins_is_a_new_one_and_ends_the_one_before(houses: Houses) -> None:
    began = set()
    for route in FORMS:
        for name, values in able(houses, route):
            before = houses.cookies[name].get("certify")
            answer = asked(houses, name, route, ROWS[route], values)
            cookies = answer.headers.getlist("Set-Cookie")
            new = [found[1] for cookie in cookies if (found := re.match(r"certify=([^;]+);", cookie))]
            if new and letter_of(answer) == "+" and route != "POST /sign-out":
                began.add(route)
                assert new != [before]
                if before is not None:
                    assert houses.ask(name, "GET", "/account").status_code == 303, (
                        route,
                        "the old one is open",
                    )
            houses.put_back()
    assert began == {"POST /sign-in", "POST /password"}, (
        "walked, or tried in test_second_factor with real factors"
    )


def told_by(row: Row) -> list[str]:
    return [key for key, value in row.form.items() if isinstance(value, str)]


def test_a_script_in_any_field_is_text_wherever_it_comes_back(houses: Houses) -> None:
    """Each field of each form and query by itself; what is taken stays, and then every page is looked at."""
    taken = set()
    try:
        for route in ROWS:
            row = ROWS[route]
            if "/api/" in route or route in ENDING:
                continue
            for name, values in itertools.islice(able(houses, route), 2):
                for key in told_by(row):
                    answer = asked(houses, name, route, replace(row, form={**row.form, key: SCRIPT}), values)
                    shows_no_script(answer, (route, name, key))
                    if answer.status_code < 400 and "Location" in answer.headers:
                        taken.add((route, key))
                for key in re.findall(r"(\w+)=", row.query):
                    query = re.sub(rf"{key}=[^&]*", f"{key}={SCRIPT}", row.query)
                    answer = asked(houses, name, route, replace(row, query=query), values)
                    shows_no_script(answer, (route, name, key))
        seen = 0
        for name in ASKERS[1:]:
            for path, answer in pages_of(houses, name):
                shows_no_script(answer, (path, name))
                seen += b"&lt;script&gt;alert" in answer.data
    finally:
        houses.put_back()
    assert len(taken) > 15, sorted(taken)
    assert seen > 5


def pages_of(houses: Houses, name: str, most: int = 90) -> Iterator[tuple[str, TestResponse]]:
    """Every page that somebody comes to by links from what the table names, what was made on the way too."""
    own = COMMON | houses.common | dict(houses.north.values(name))
    there = [
        address(route, ROWS[route], own)
        for route in ROWS
        if route.startswith("GET ") and not route.endswith(("/picture", ".<form>"))
        if "+" in ROWS[route].own[ASKERS.index(name)] and ACCESS[houses.endpoint(route)] is not PUBLIC
    ]
    known = set(there)
    for path in there:
        if "/api/" in path:
            continue
        answer = houses.ask(name, "GET", path)
        yield path, answer
        for link in re.findall(
            r'href="(/[^"#?]*)', answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        ):
            # New ones only while there is room: a thousand pages of one kind tell no more than a few.
            if link not in known and len(known) < most and not link.startswith(("/static", "/v/")):
                known.add(link)
                there.append(link)


def shows_no_script(answer: TestResponse, told: object) -> None:
    assert answer.status_code < 500, told
    if answer.mimetype in {"text/html", "image/svg+xml"}:
        page = without_own_scripts(answer.get_data(as_text=True))
        assert "<script>alert" not in page, told
        assert SCRIPT not in page, told
    assert answer.headers["X-Content-Type-Options"] == "nosniff", told


FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", '=HYPERLINK("https://evil.example")')


def test_every_route_that_hands_out_a_table_is_known_and_none_has_a_formula(houses: Houses) -> None:
    rows = "\n".join(
        f'"{cell}","{cell}",1,2026-04-02,passed' for cell in (f.replace('"', '""') for f in FORMULAS)
    )
    table = f"candidate,module,version,completed_on,outcome\n{rows}\n"
    upload = "POST /trainer/import"
    values = dict(houses.north.values("trainer"))
    answer = asked(houses, "trainer", upload, replace(ROWS[upload], file=table), values)
    mine = {"upload_id": answer.headers["Location"].rsplit("/", 1)[1]}
    columns = "POST /trainer/import/<upload_id>/columns"
    assert asked(houses, "trainer", columns, ROWS[columns], values | mine).status_code == 303
    with houses.place.services.database.writing() as unit:
        for user in (houses.users["system"], houses.users["certifier"]):
            unit.users.replace(replace(user, display_name="=1+1"))
    tables = {}
    for route, row in ROWS.items():
        for kind in ("csv", "xlsx") if "<kind>" in route else ("",):
            for name, own in itertools.islice(able(houses, route), 2):
                if route.endswith(("/picture", ".pdf")) or route in ENDING:
                    continue
                sent = own | (mine if route.startswith("GET /trainer/import") else {})
                wide = replace(row, form={}) if "export" in route else row
                answer = asked(houses, name, route, wide, sent | {"kind": kind} if kind else sent)
                if re.search("csv|spreadsheet|excel", answer.mimetype):
                    tables[f"{route} {kind}".strip()] = cells_of(answer)
    houses.put_back()
    assert tables.keys() == {
        "GET /trainer/import/<upload_id>/rejected.<kind> csv",
        "GET /trainer/import/<upload_id>/rejected.<kind> xlsx",
        "POST /admin/audit/export",
    }, "a new export: its cells are looked at here as soon as it is named"
    for name, cells in tables.items():
        assert any("1+1" in cell for cell in cells), name
        if "xlsx" not in name:  # a cell of a workbook says itself that it is text
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))], name


def cells_of(answer: TestResponse) -> list[str]:
    if "csv" in answer.mimetype:
        text = answer.get_data(as_text=True).lstrip("\ufeff")
        return [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return [str(cell.value or "") for row in sheet.iter_rows() for cell in row]


RUNS = {
    "page.pdf": "<!doctype html><script>alert(1)</script>",
    "drawing.png": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "both.pdf": "%PDF-1.7\n%%EOF\n<script>alert(1)</script>",
    "program.pdf": "MZ\x90",
    "archive.jpg": "PK\x03\x04",
}
KEEP_FILES = [
    "POST /candidate/qualification",
    "POST /admin/candidates/<candidate_id>/documents",
    "POST /api/v1/candidates/<candidate_id>/documents",
    "POST /api/v1/evidence",
    "POST /trainer/cohorts/<cohort_id>/log",
]


@pytest.mark.parametrize("route", KEEP_FILES)
def test_a_file_that_is_not_what_it_is_called_is_not_kept(houses: Houses, route: str) -> None:
    files = {path for path in houses.folder.rglob("*") if path.is_file()}
    for name, values in itertools.islice(able(houses, route), 2):
        for said in RUNS.values():
            answer = asked(houses, name, route, replace(ROWS[route], file=said), values)
            assert 400 <= answer.status_code < 500, (name, said)
            houses.put_back()
    assert {path for path in houses.folder.rglob("*") if path.is_file()} <= files | {
        houses.folder / "certify.db-wal"
    }


def test_every_route_that_takes_a_file_is_known(houses: Houses) -> None:
    takes = {route for route, row in ROWS.items() if row.file}
    reads_only = {
        route
        for route in takes
        if "import" in route or "verif" in route or "frameworks" in route or route.startswith("POST /v/")
    }
    assert takes - reads_only == set(KEEP_FILES) - {"POST /trainer/cohorts/<cohort_id>/log"}


def test_no_log_line_and_no_referrer_tells_a_secret_or_a_person(houses: Houses, capsys) -> None:
    secrets = [
        COMMON["password"],
        "another good sentence",
        "correct horse battery",
        *houses.form_tokens.values(),
    ]
    secrets += [cookie for jar in houses.cookies.values() for cookie in jar.values()]
    secrets += [token for tokens in houses.tokens.values() for token in tokens.values()]
    secrets += [houses.common["stop_token"], "@north.example", "North trainer", "Mia North"]
    secrets += [value for value in houses.north.ids.values() if re.fullmatch("[A-Z2-7]{26}", value)]
    capsys.readouterr()
    lines = 0
    for route in ROWS:
        for name, values in itertools.islice(able(houses, route), 2):
            answer = asked(houses, name, route, ROWS[route], values)
            houses.put_back()
            said = "".join(capsys.readouterr())
            lines += said.count("answered")
            assert not [secret for secret in secrets if secret in said], (route, name, said)
            assert answer.headers["Referrer-Policy"] == "no-referrer", route
            place = answer.headers.get("Location", "")
            # An address of ours that is secret goes on into no other address.
            assert not [secret for secret in secrets[: -len(houses.north.ids) - 4] if secret in place], route
            if ACCESS[houses.endpoint(route)] is not PUBLIC:
                assert answer.headers["Cache-Control"] == "no-store", route
    assert lines > 200
