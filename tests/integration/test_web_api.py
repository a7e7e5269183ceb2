"""The JSON API: the main path, verification for everybody, and errors as RFC 9457 problem documents."""

from __future__ import annotations

import re

import pytest
from installation import PASSWORD
from website import open_site

from certify.verification.document import report_json


@pytest.fixture
def site(tmp_path):
    return open_site(tmp_path)


class Program:
    """A program that holds somebody's token."""

    def __init__(self, site, name: str = "") -> None:
        self._client = site.app.test_client()
        self._headers = {"Authorization": f"Bearer {site.token(name)}"} if name else {}

    def get(self, path, **options):
        return self._client.get(f"/api/v1{path}", headers=self._headers, **options)

    def post(self, path, **options):
        return self._client.post(f"/api/v1{path}", headers=self._headers, **options)


def completion(site, module, **changes):
    document = {
        "candidate_id": site.ana.id,
        "module_id": module,
        "module_version": "1",
        "completed_on": "2026-05-01",
        "outcome": "passed",
    }
    return document | changes


def is_problem(response, status: int, code: str) -> bool:
    body = response.json
    assert response.status_code == status, (response.status_code, body)
    assert response.mimetype == "application/problem+json"
    assert {"type", "title", "status", "code", "correlation_id"} <= body.keys()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems#{code}")
    assert response.headers["X-Request-Id"] == body["correlation_id"]
    return True


def test_the_main_path_from_a_completion_to_a_verified_certificate(site):
    trainer, certifier, stranger = Program(site, "trainer"), Program(site, "certifier"), Program(site)
    first = trainer.post("/completions", json=completion(site, "A5"))
    again = trainer.post("/completions", json=completion(site, "A5"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["already"]
    assert again.json["completion"] == first.json["completion"]
    batch = trainer.post(
        "/completions/batch", json={"completions": [completion(site, "B6"), completion(site, "NOPE")]}
    ).json["results"]
    assert [line["result"] for line in batch] == ["recorded", "refused"]

    ana = Program(site, "ana")
    assert ana.get(f"/candidates/{site.ana.id}/assessments/developer").json["eligible"]
    assert ana.get(f"/candidates/{site.ana.id}/programmes/developer").json["modules"] == []
    assert [case["reference"] for case in certifier.get("/queue").json["cases"]] == ["C-1"]
    wanted = {"candidate_id": site.ana.id, "role_id": "developer", "outcome": "granted"}
    granted = certifier.post("/decisions", json=wanted)
    assert granted.status_code == 201
    assert is_problem(certifier.post("/decisions", json=wanted), 409, "already-decided")

    certificate = granted.json["certificate"]
    report = stranger.get(f"/verifications/{certificate['id']}").json
    by_number = stranger.post("/verifications/by-number", json={"number": certificate["number"]}).json
    pdf = ana.get(f"/certificates/{certificate['id']}/pdf").data
    by_file = stranger.post("/verifications", data=pdf, content_type="application/pdf").json
    assert report["verdict"] == by_number["verdict"] == by_file["verdict"] == "PASSED"
    assert report["award"] == by_number["award"] == by_file["award"] == certificate["award"]
    assert report["award"]["specimen"] is True

    event = certifier.post(
        f"/certificates/{certificate['id']}/status-events", json={"action": "revoke", "reason": "misconduct"}
    )
    assert event.status_code == 201
    report = stranger.get(f"/verifications/{certificate['id']}").json
    assert (report["verdict"], report["status"]["status"]) == ("FAILED", "revoked")
    events = ana.get(f"/certificates/{certificate['id']}/status-events").json["events"]
    assert [item["action"] for item in events] == ["revoke"]
    assert "note" not in events[0]


def test_a_record_sent_again_is_said_to_stand_only_while_it_does(site):
    trainer, sent = Program(site, "trainer"), completion(site, "A5")

    def again():
        (line,) = trainer.post("/completions/batch", json={"completions": [sent]}).json["results"]
        answer = trainer.post("/completions", json=sent).json
        assert answer["completion"]["id"] == line["completion_id"]
        return answer["already"], answer["completion"]["stands"], line["stands"]

    made = trainer.post("/completions", json=sent).json["completion"]
    assert again() == (True, True, True)
    trainer.post(f"/completions/{made['id']}/retraction", json={"reason": "another class"})
    assert again() == (True, False, False)


def test_the_page_gives_the_same_report_as_json_to_a_program(site):
    certificate = site.certificate_of_ana()
    expected = report_json(site.place.services.verifier.verify_certificate(certificate))
    client = site.app.test_client()

    as_json = client.get(f"/v/{certificate}", headers={"Accept": "application/json"})
    as_page = client.get(f"/v/{certificate}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert as_json.json == client.get(f"/api/v1/verifications/{certificate}").json == expected
    assert as_page.mimetype == "text/html"
    assert client.get(f"/v/{certificate}").mimetype == "text/html"
    assert "Accept" in as_json.headers["Vary"]
    assert "Accept" in as_page.headers["Vary"]


def test_a_report_tells_nothing_of_the_person_but_the_certificate(site):
    certificate = site.certificate_of_ana()
    for path in (f"/v/{certificate}", f"/api/v1/verifications/{certificate}"):
        text = site.app.test_client().get(path).get_data(as_text=True)
        for secret in ("C-1", "ana@example.org", site.ana.id, "MSc Urban Planning", "Trainer", "Certifier"):
            assert secret not in text, (path, secret)


def test_an_unknown_and_a_mistyped_identifier_are_answered_alike(site):
    certificate = site.certificate_of_ana()
    client = site.app.test_client()
    wrong = (
        "A" * 26,
        certificate[:-1],
        certificate + "A",
        "nonsense",
        "%00",
        "1" * 26,
        "Ж" * 26,
    )

    pages = {re.sub(rb"reference \w+", b"", client.get(f"/v/{text}").data) for text in wrong}
    assert len(pages) == 1
    assert {client.get(f"/v/{text}").status_code for text in wrong} == {404}
    for accept in ("/v/", "/api/v1/verifications/"):
        answers = [client.get(accept + text, headers={"Accept": "application/json"}) for text in wrong]
        assert all(is_problem(answer, 404, "not-found") for answer in answers)
        assert len({str({**answer.json, "correlation_id": ""}) for answer in answers}) == 1


def test_a_wrong_address_password_or_token_is_not_authenticated(site):
    stranger = Program(site)
    wrong = stranger.post("/sessions", json={"email": "trainer@example.org", "password": "no"})
    assert is_problem(wrong, 401, "not-authenticated")
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")
    for value in ("Bearer made-up", "Basic dHJhaW5lcjpubw==", "Bearer", "nonsense"):
        answer = site.app.test_client().get("/api/v1/me", headers={"Authorization": value})
        assert is_problem(answer, 401, "not-authenticated"), value


def test_a_closed_session_is_over(site):
    headers = {"Authorization": f"Bearer {site.token('trainer')}"}
    client = site.app.test_client()
    assert client.get("/api/v1/me", headers=headers).json["roles"] == ["trainer"]
    assert client.delete("/api/v1/sessions/current", headers=headers).status_code == 204
    assert is_problem(client.get("/api/v1/me", headers=headers), 401, "not-authenticated")


def test_every_way_a_request_can_be_wrong_is_a_problem_document(site):
    trainer, certifier, ana = (Program(site, name) for name in ("trainer", "certifier", "ana"))
    good = completion(site, "A5")
    assert is_problem(ana.post("/completions", json=good), 403, "not-permitted")
    assert is_problem(ana.get(f"/candidates/{site.boris.id}/completions"), 404, "not-found")
    assert is_problem(trainer.get(f"/candidates/{'A' * 26}/completions"), 404, "not-found")
    assert is_problem(certifier.get("/certificates/nonsense"), 422, "invalid-identifier")
    assert is_problem(certifier.get(f"/certificates/{'A' * 26}"), 404, "not-found")
    assert is_problem(trainer.get("/no-such-thing"), 404, "not-found")
    wrong_method = trainer.get("/completions")
    assert is_problem(wrong_method, 405, "method-not-allowed")
    assert "POST" in wrong_method.headers["Allow"]
    broken = trainer.post("/completions", data=b"{not json", content_type="application/json")
    assert is_problem(broken, 400, "bad-request")
    for body in (b"[]", b"7", b'"x"', b"null", b"\xff"):
        answer = trainer.post("/completions", data=body, content_type="application/json")
        assert answer.status_code in {400, 422}, (body, answer.json)
        assert is_problem(answer, answer.status_code, answer.json["code"])
    typed = trainer.post("/completions", data=b"a=b", content_type="text/plain")
    assert typed.status_code in {415, 422}
    assert is_problem(typed, typed.status_code, typed.json["code"])
    stranger = Program(site)
    assert is_problem(
        stranger.post("/verifications", data=b"x", content_type="text/plain"), 415, "unsupported-media-type"
    )
    assert is_problem(
        stranger.post("/verifications", data=b"", content_type="application/pdf"), 422, "file-unreadable"
    )
    large = stranger.post("/verifications", data=b"x" * 20_600_000, content_type="application/pdf")
    assert is_problem(large, 413, "too-large")
    assert is_problem(
        stranger.post("/verifications/by-number", json={"number": "x"}), 422, "invalid-identifier"
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"completed_on": "31.05.2026"}, "completed_on"),
        ({"outcome": "brilliant"}, "outcome"),
        ({"workload_minutes": "many"}, "workload_minutes"),
        ({"workload_minutes": 1.5}, "workload_minutes"),
        ({"candidate_id": 7}, "candidate_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_field_is_named(site, changes, field):
    answer = Program(site, "trainer").post("/completions", json=completion(site, "A5", **changes))

    assert is_problem(answer, 422, "invalid-input")
    assert [fault for fault in answer.json["errors"] if fault.startswith(f"{field}:")]


def test_a_refusal_by_a_service_says_what_where_and_how_to_mend_it(site):
    trainer = Program(site, "trainer")
    future = trainer.post("/completions", json=completion(site, "A5", completed_on="2027-01-01"))
    assert is_problem(future, 422, "invalid-input")
    assert future.json["detail"]
    unknown = trainer.post("/completions", json=completion(site, "NOPE"))
    assert unknown.json["detail"]
    assert unknown.status_code in {404, 422}


@pytest.mark.parametrize(
    ("name", "path", "heading", "row"),
    [
        (
            "trainer",
            "/completions/import?framework=small",
            b"candidate,module,version,completed_on,outcome",
            "completion",
        ),
        ("administrator", "/candidates/import", b"reference,name,latin_name", "candidate"),
    ],
)
@pytest.mark.parametrize("below", [b"", b"\r\n", b"\r\n\r\n,,,,\r\n"])
def test_a_file_with_nothing_but_a_heading_is_refused_with_what_to_do(site, name, path, heading, row, below):
    refused = Program(site, name).post(path, data=heading + below, content_type="text/csv")
    assert is_problem(refused, 422, "invalid-input")
    assert refused.json["where"] == "file"
    assert refused.json["detail"] == "has a heading, and no row below it."
    assert refused.json["fix"] == f"write a row for each {row} below the heading, and upload it again"


def test_a_list_is_walked_page_by_page_by_the_address_of_the_next(site):
    trainer = Program(site, "trainer")
    for day in range(1, 8):
        sent = trainer.post("/completions", json=completion(site, "A4", completed_on=f"2026-05-0{day}"))
        assert sent.status_code == 201

    pages, address = [], f"/candidates/{site.ana.id}/completions?limit=3"
    while address:
        answer = trainer.get(address.removeprefix("/api/v1"))
        pages.append([item["completed_on"][-1] for item in answer.json["completions"]])
        address = answer.json["next"]
        assert answer.headers.get("Link") == (f'<{address}>; rel="next"' if address else None)
        trainer.post("/completions", json=completion(site, "A5", completed_on="2026-05-01"))

    assert pages == [["1", "2", "3"], ["4", "5", "6"], ["7"]]
    for wrong in ("limit=0", "limit=501", "limit=x", "cusror=x", "cursor=x", "cursor=bnVsbA"):
        answer = trainer.get(f"/candidates/{site.ana.id}/completions?{wrong}")
        assert is_problem(answer, 422, "invalid-input"), wrong


@pytest.mark.parametrize("path", ["/sessions", "/verifications/batch"])
def test_a_body_that_is_nested_too_deeply_is_malformed_and_no_fault_of_ours(site, path):
    for body in ("[" * 100_000, '{"certificates":' * 100_000):
        answer = Program(site).post(path, data=body, content_type="application/json")
        assert is_problem(answer, 400, "bad-request"), answer.json


def test_a_fault_of_ours_tells_nothing_but_its_reference(site):
    class Broken:
        def reading(self):
            raise RuntimeError("the secret of C-1 is 12345")

        writing = reading

        def version(self):
            return None

    object.__setattr__(site.place.services, "database", Broken())
    client = site.app.test_client()
    for response in (
        client.get("/api/v1/me", headers={"Authorization": "Bearer x"}),
        client.post("/api/v1/sessions", json={"email": "a@example.org", "password": PASSWORD}),
    ):
        assert is_problem(response, 500, "error")
        assert response.json.keys() == {"type", "title", "status", "code", "correlation_id"}
        assert "12345" not in response.get_data(as_text=True)
    client.set_cookie("certify", "anything")
    page = client.get("/trainer/")
    assert page.status_code == 500
    assert "12345" not in page.get_data(as_text=True)
    assert page.headers["X-Request-Id"] in page.get_data(as_text=True)


def test_the_description_of_the_api_is_open_to_everybody_and_names_every_address(site):
    document = site.app.test_client().get("/api/v1/openapi.json").json

    rules = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and "openapi" not in rule.rule
    }
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == rules
