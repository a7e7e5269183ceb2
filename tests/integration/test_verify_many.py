"""Many certificates at once: each answered for itself, shown as it comes, exported harmlessly, within limits."""

from __future__ import annotations

import base64
import csv
import io
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from installation import install

from certify.errors import InvalidInput
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status
from certify.verification.batch import MOST_LINES, Line, answer_lines, as_csv, certificate_named, lines_of
from certify.web.app import Limits, create_app


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    installed = install(tmp_path_factory.mktemp("place"))
    yield installed
    installed.services.database.close()


@pytest.fixture(scope="module")
def issued(place):
    rows = [place.services.issuer.issue(place.granted(f"C-{number}")) for number in range(3)]
    services = place.services
    change_status(
        services.database,
        services.clock,
        place.certifier,
        rows[1].id,
        StatusAction.REVOKE,
        StatusReason.MISCONDUCT,
    )
    return rows


@pytest.fixture
def client(place):
    return create_app(place.services, Limits(verify_many="100 per minute")).test_client()


def test_a_list_may_be_numbers_addresses_or_a_table_with_a_heading(issued):
    first, second, third = issued
    text = f"Name;Number\r\nAna;{first.award.number.lower()}\r\n;;\r\nBoris;{second.award.verification_url}\r\nEve;S4C-2026-AAAAA-AAAAA-B\r\n{third.id}"
    assert lines_of(text) == [
        first.award.number.lower(),
        second.award.verification_url,
        "Eve",
        third.id,
    ]


def test_no_number_is_left_out_because_it_stands_first_or_beside_another(issued):
    first, second, third = (row.award.number for row in issued)
    mistyped = f"{first[:-1]}?"
    assert lines_of(f"{mistyped}\n{second}") == [mistyped, second]
    assert lines_of(f"{first}, {second}\n{third}") == [first, second, third]
    assert lines_of(f"Number\tAddress\n{first}\t{issued[0].award.verification_url}") == [first]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "cp1253"])
def test_a_file_is_read_in_the_encoding_that_a_spreadsheet_wrote(client, issued, encoding):
    name = "Καλλιόπη" if encoding == "cp1253" else "Елица"
    table = f"{name};No\r\n{name};{issued[0].award.number}\r\n"
    file = (io.BytesIO(table.encode(encoding)), "list.csv")
    answer = client.post("/verify/many/numbers", data={"list": "", "file": file})
    assert answer.status_code == 200
    assert answer.text.count("<tr>") == 2
    assert issued[0].award.number in answer.text


def test_a_file_that_is_no_text_is_refused(client):
    for content in (b"%PDF\0\1\2", b"\xff\xfe\0"):
        sent = {"list": "", "file": (io.BytesIO(content), "list.csv")}
        assert client.post("/verify/many/numbers", data=sent).status_code == 422


@pytest.mark.parametrize(
    "written",
    [
        "{base}/v/{id}#QRE2EAJHAR",
        "{base}/v/{id}%23QRE2EAJHAR",
        "{base}/v/{id}%2523QRE2EAJHAR",
        "{base}/v/{id}?lang=bg",
        "{base}/v/{id}/badge.svg",
        "https://eur01.safelinks.protection.example/?url=https%3A%2F%2Fold.example%2Fv%2F{id}%23QRE2EAJHAR&data=05%7C"
        + "x" * 300,
        " {id} ",
    ],
)
def test_an_address_is_understood_as_a_mail_filter_left_it(issued, written):
    row = issued[0]
    text = written.format(base="https://certificates.example.org", id=row.id)
    assert certificate_named(text) == row.id
    assert [certificate_named(line) for line in lines_of(text)] == [row.id]


@pytest.mark.parametrize(
    "text",
    ["https://exam]ple.org/v/", "https://[", "https://example.org/v/AAAA", "https://%2525/v/" + "A" * 27],
)
def test_what_names_no_certificate_is_no_error(text):
    assert certificate_named(text) is None


@pytest.mark.parametrize("text", ["", "\n\n", "a heading only\n", "\n".join(map(str, range(MOST_LINES + 2)))])
def test_nothing_and_too_much_are_refused(text):
    with pytest.raises(InvalidInput):
        lines_of(text)


@given(st.text(max_size=300))
def test_any_text_is_a_list_or_refused(text):
    with suppress(InvalidInput):
        assert 0 < len(lines_of(text)) <= MOST_LINES


def test_each_line_is_answered_for_itself(place, issued):
    services = place.services
    asked = [issued[0].award.number, issued[1].id, "A" * 26, "nonsense", issued[2].award.verification_url]
    lines = list(answer_lines(asked, services.verifier, services.register))
    assert [line.code for line in lines] == ["specimen", "revoked", "unknown", "unknown", "specimen"]


def test_the_page_shows_each_row_as_it_comes_and_gives_them_as_csv(client, issued):
    listed = f"{issued[0].award.number}\n{issued[1].award.number}\nS4C-2026-AAAAA-AAAAA-B"
    response = client.post("/verify/many/numbers", data={"list": listed}, buffered=False)
    parts = [part.decode() for part in response.iter_encoded()]
    assert [part.count("<tr>") for part in parts[1:4]] == [1, 1, 1]
    whole = "".join(parts)
    assert "Revoked" in whole
    assert "Not found" in whole
    encoded = re.search(r"base64,([\w+/=]+)", whole)[1]
    rows = list(csv.reader(io.StringIO(base64.b64decode(encoded).decode("utf-8-sig"))))
    assert rows[0][:4] == ["given", "answer", "number", "holder"]
    assert [row[1] for row in rows[1:]] == ["specimen", "revoked", "unknown"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_several_files_are_each_answered(client, place, issued):
    pdf = place.services.register.pdf(issued[0].id)
    changed = pdf[:-500] + bytes([pdf[-500] ^ 1]) + pdf[-499:]
    files = [(io.BytesIO(pdf), "a.pdf"), (io.BytesIO(changed), "=b.pdf"), (io.BytesIO(b"hello"), "c.pdf")]
    whole = client.post("/verify/many/files", data={"files": files}).text
    assert whole.count("<tr>") == 4
    rows = base64.b64decode(re.search(r"base64,([\w+/=]+)", whole)[1]).decode("utf-8-sig")
    assert [row[:2] for row in csv.reader(io.StringIO(rows))][1:] == [
        ["a.pdf", "specimen"],
        ["'=b.pdf", "not-genuine"],
        ["c.pdf", "not-genuine"],
    ]


def test_nothing_chosen_and_a_broken_list_are_said_on_the_page(client):
    assert client.post("/verify/many/files").status_code == 422
    assert client.post("/verify/many/numbers").status_code == 422
    broken = client.post("/verify/many/numbers", data={"file": (io.BytesIO(b"\xff\xfe\x00"), "a.csv")})
    assert broken.status_code == 422
    assert 'role="alert"' in broken.text


def test_a_program_asks_for_many_and_is_told_when_to_come_back(place, issued):
    client = create_app(place.services, Limits(verify_many="2 per minute")).test_client()
    asked = {"certificates": [issued[0].id, issued[1].award.number, "x"]}
    answer = client.post("/api/v1/verifications/batch", json=asked)
    assert [item["answer"] for item in answer.json["results"]] == ["specimen", "revoked", "unknown"]
    assert answer.json["results"][0]["report"]["award"]["number"] == issued[0].award.number
    assert answer.json["results"][2]["report"] is None
    assert client.post("/api/v1/verifications/batch", json={"certificates": []}).status_code == 422
    late = client.post("/api/v1/verifications/batch", json=asked)
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= 60
    assert late.json["code"] == "too-many-requests"


@pytest.mark.parametrize("given", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_begins_a_formula(given):
    (_, row) = csv.reader(io.StringIO(as_csv([Line(given=given, code="unknown")]), newline=""))
    assert row[0] == f"'{given}"
