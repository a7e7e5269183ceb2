"""Signing in by an organisation's own provider: a real one on loopback, and one that lies in every claim."""

from __future__ import annotations

import hmac
import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from identity_office import CLIENT, SECRET, at_the_provider, identity_office
from installation import PASSWORD
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from second_factors import Hands
from small_scheme import NOW
from website import PLENTY, Person, Site, open_site, words
from werkzeug.test import TestResponse

from certify.audit.model import AuditAction, AuditFilter
from certify.cli.organisations import organisations
from certify.clock import system_clock
from certify.errors import (
    Conflict,
    InvalidInput,
    NoAccountHere,
    NotFound,
    ProviderRefused,
    ProviderUnavailable,
)
from certify.exchange import NoAnswer, exchange
from certify.oidc.wire import MOST_BYTES, HttpProviderWire
from certify.organisations.model import Organisation
from certify.organisations.service import add_organisation
from certify.people.model import User, UserRole
from certify.people.service import add_user, set_active
from certify.signin.addresses import check_address
from certify.signin.id_token import claims_of
from certify.signin.model import IdentityProvider, LinkedIdentity
from certify.signin.provider_desk import Arrival, ProviderDesk, redirect_address
from certify.signin.providers import provider_of, remove_provider, set_provider, unlink
from certify.web.app import create_app

BASE = "https://certificates.example.org"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class Liar:
    """Answers as a provider, with one thing changed."""

    issuer = "https://sso.school.example"

    def __init__(self) -> None:
        self.keys = [KEY]
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.signing_key: Any = KEY
        self.about: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.posted: list[tuple[dict[str, str], tuple[str, str] | None]] = []

    def get(self, url: str, *, local: bool, bearer: str = "") -> dict[str, Any]:
        assert not local
        if url.endswith("/.well-known/openid-configuration"):
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/ask",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.about,
            }
        if url == f"{self.issuer}/me":
            assert bearer == "access"
            return self.userinfo
        return dict(KeySet(self.keys).as_dict(private=False))

    def post(
        self, url: str, form: dict[str, str], *, local: bool, basic: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        assert (url, local) == (f"{self.issuer}/token", False)
        self.posted.append((dict(form), basic))
        return {"access_token": "access", "id_token": signed(self.claims, self.header, self.signing_key)}


def signed(claims: dict[str, Any], header: dict[str, Any], key: Any) -> str:
    if isinstance(
        key, bytes
    ):  # the provider's public key as a shared secret, which no library lends itself to
        parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
        seal = hmac.digest(key, b".".join(parts), "sha256")
        return b".".join([*parts, urlsafe_b64encode(seal).rstrip(b"=")]).decode()
    return jwt.encode(header, claims, key, algorithms=["RS256", "HS256", "none"])


@pytest.fixture
def liar() -> Liar:
    return Liar()


@pytest.fixture
def site(tmp_path, liar) -> Iterator[Site]:
    made = open_site(tmp_path)
    services = replace(made.place.services, clock=Hands())
    services.__dict__["provider_wire"] = liar
    yield replace(made, place=replace(made.place, services=services), app=create_app(services, PLENTY))
    services.database.close()


@pytest.fixture
def school(site) -> Organisation:
    return add_organisation(
        site.place.services.database, None, name="A school", help_contact="office@school.example"
    )


@pytest.fixture
def teacher(site, school) -> User:
    return member(site, school, "trainer@school.example")


def member(site: Site, school: Organisation, email: str, role: UserRole = UserRole.TRAINER) -> User:
    return add_user(
        site.place.services.database,
        email=email,
        display_name="Teacher",
        roles=[role],
        password=PASSWORD,
        organisation_id=school.id,
    )


def has_provider(site: Site, school: Organisation, by: User | None = None, **more: Any) -> IdentityProvider:
    services = site.place.services
    given = {
        "issuer": Liar.issuer,
        "client_id": CLIENT,
        "secret": "",
        "domains": ["school.example"],
        **more,
    }
    return set_provider(services.database, services.provider_wire, services.vault, by, school.id, **given)


def deeds(site: Site, action: AuditAction) -> list[tuple[str | None, str, str]]:
    with site.place.services.database.reading() as unit:
        found = unit.trail.search(AuditFilter(action=action), 100, None)
    return [(entry.actor_id, entry.subject_id, entry.detail) for entry in found]


# A real provider


def set_by_command(site: Site, school: Organisation, issuer: str, folder: Path, monkeypatch: Any) -> str:
    for name in ("database_url", "public_base", "key_directory", "key_passphrase_file"):
        monkeypatch.setenv(f"CERTIFY_{name.upper()}", str(getattr(site.place.services.settings, name)))
    (folder / "secret").write_text(f"{SECRET}\n")
    given = ["--issuer", issuer, "--client-id", CLIENT, "--secret-file", str(folder / "secret")]
    done = CliRunner().invoke(organisations, ["provider", school.name, *given, "--domain", "School.example"])
    assert done.exit_code == 0, done.output
    return done.output


def test_people_sign_in_at_a_real_provider_and_keep_the_account_that_they_have(tmp_path, monkeypatch):
    made = open_site(tmp_path)
    services = replace(made.place.services, clock=system_clock)
    site = replace(made, place=replace(made.place, services=services), app=create_app(services, PLENTY))
    database = services.database
    school = add_organisation(database, None, name="A school", help_contact="office@school.example")
    teacher = member(site, school, "trainer@school.example")
    for email in ("unverified@school.example", "trainer@elsewhere.example"):
        member(site, school, email)
    redirect = redirect_address(BASE, school.id)

    def away() -> tuple[Person, TestResponse]:
        visitor = site.visitor()
        return visitor, visitor.get(f"/sign-in/with/{school.id}?next=/trainer/import")

    def comes_back(login: str) -> tuple[Person, TestResponse, str]:
        visitor, sent = away()
        back = urlsplit(at_the_provider(sent.headers["Location"], login, redirect))
        path = f"{back.path}?{back.query}"
        return visitor, visitor.get(path), path

    with identity_office(redirect) as issuer:
        assert f"Redirect address: {redirect}" in set_by_command(site, school, issuer, tmp_path, monkeypatch)
        provider = provider_of(database, None, school.id)
        assert provider.domains == {"school.example"}
        assert SECRET.encode() not in provider.sealed_secret
        assert "Sign in at A school" in words(site.visitor().get("/sign-in"))
        visitor, answer, path = comes_back("trainer@school.example")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/trainer/import"), words(answer)
        assert "Teacher" in words(visitor.get("/account"))
        assert (teacher.id, teacher.id, "provider") in deeds(site, AuditAction.SIGNED_IN)
        assert deeds(site, AuditAction.IDENTITY_LINKED) == [(teacher.id, teacher.id, "")]
        assert site.visitor().get(path).status_code == 403, "another browser"
        assert visitor.get(path).status_code == 403, "once"
        for nobody in ("unverified@school.example", "trainer@elsewhere.example", "stranger@school.example"):
            _visitor, answer, _path = comes_back(nobody)
            assert answer.status_code == 403, nobody
            assert "You have no account here" in words(answer)
            assert "A school helps you: office@school.example." in words(answer)

        # From now on the subject counts: a new address here changes nothing.
        with database.writing() as unit:
            unit.users.replace(replace(teacher, email="married@school.example"))
        visitor, answer, _path = comes_back("trainer@school.example")
        assert answer.status_code == 303
        token = visitor.form("/password").fields["csrf_token"][0]
        visitor.client.post("/sign-out", data={"csrf_token": token})
        assert visitor.get("/trainer/").status_code == 303, "signing out ends our session"

        # A wrong secret is the administrator's to mend.
        has_provider(site, school, issuer=issuer, secret="another")
        _visitor, answer, _path = comes_back("trainer@school.example")
        assert answer.status_code == 403
        assert "refused a question of ours with status 401" in words(answer)

    # Nobody answers there any more.
    _visitor, answer = away()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "does not answer" in words(answer)
    assert "office@school.example" in words(answer)
    database.close()


# A provider that lies


def attempt(
    site: Site, school: Organisation, liar: Liar, *, query: dict[str, str] | None = None, **claims: Any
) -> Arrival:
    services = site.place.services
    desk = ProviderDesk(services.database, services.clock, liar, services.vault, BASE)
    address, state = desk.begin(school.id, "/work")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == redirect_address(BASE, school.id)
    honest = honest_claims(asked["nonce"], services.clock().timestamp())
    liar.claims = {name: value for name, value in (honest | claims).items() if value is not None}
    return desk.finish(school.id, state, {"state": state, "code": "c", **(query or {})})


def honest_claims(nonce: str, now: float) -> dict[str, Any]:
    return {
        "iss": Liar.issuer,
        "aud": CLIENT,
        "sub": "s1",
        "exp": int(now) + 60,
        "iat": int(now),
        "nonce": nonce,
        "email": "trainer@school.example",
        "email_verified": True,
    }


def test_an_honest_answer_is_believed_and_its_second_factor_only_where_the_operator_agreed(
    site, school, teacher, liar
):
    has_provider(site, school)
    assert attempt(site, school, liar, amr=["pwd", "mfa"]) == Arrival(teacher, "/work", both_factors=False)
    form, basic = liar.posted[0]
    assert form["code_verifier"]
    assert (form["client_id"], basic) == (CLIENT, None)
    has_provider(site, school, second_factor=["mfa", "https://refeds.org/profile/mfa"])
    assert attempt(site, school, liar, amr=["pwd", "mfa"]).both_factors
    assert attempt(site, school, liar, acr="https://refeds.org/profile/mfa").both_factors
    assert not attempt(site, school, liar, amr=["pwd"], acr="1").both_factors
    assert not attempt(site, school, liar, amr="mfa").both_factors

    # An administrator of the school changes the rest, and not that; another issuer loses it.
    chief = member(site, school, "chief@school.example", UserRole.ADMINISTRATOR)
    kept = has_provider(site, school, by=chief, secret="s", second_factor=["pwd"])
    assert kept.second_factor == {"mfa", "https://refeds.org/profile/mfa"}
    attempt(site, school, liar)
    assert liar.posted[-1][1] == (CLIENT, "s")
    liar.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    attempt(site, school, liar)
    assert liar.posted[-1][0]["client_secret"] == "s"
    liar.issuer = "https://other.school.example"
    assert not has_provider(site, school, by=chief, issuer=liar.issuer).second_factor
    with site.place.services.database.reading() as unit:
        assert unit.providers.of_user(teacher.id) is None, "who is whom there is another question"


WRONG: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"iss": [Liar.issuer]},
    {"aud": "another program"},
    {"aud": [CLIENT, "another"]},
    {"azp": "another"},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": int(NOW.timestamp()) - 61},
    {"exp": None},
    {"exp": "soon"},
    {"iat": None},
    {"iat": int(NOW.timestamp()) + 3_600},
    {"nbf": int(NOW.timestamp()) + 3_600},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "s" * 256},
]
STRANGERS: list[dict[str, Any]] = [
    {"email": "trainer@evil.example"},
    {"email": "trainer@sub.school.example"},
    {"email": "ana@example.org"},
    {"email": "trainer@evil.example@school.example"},
    {"email": "trainer@school.example."},
    {"email": "trainer@s\u212aool.example"},
    {"email": ["trainer@school.example"]},
    {"email_verified": False},
    {"email_verified": "true"},
    {"email_verified": None},
    {"email": None},
]


def test_one_claim_that_is_wrong_lets_nobody_in(site, school, teacher, liar):
    has_provider(site, school)
    for claims in WRONG:
        with pytest.raises(ProviderRefused, match="The check failed"):
            attempt(site, school, liar, **claims)
    for claims in STRANGERS:
        with pytest.raises(NoAccountHere):
            attempt(site, school, liar, **claims)
    assert not deeds(site, AuditAction.IDENTITY_LINKED)
    assert attempt(site, school, liar, exp=int(NOW.timestamp()) - 59).user == teacher, (
        "clocks may differ a little"
    )


@pytest.mark.filterwarnings("ignore:JWS algorithm")
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in_and_a_new_key_is_known_at_once(
    site, school, teacher, liar
):
    has_provider(site, school)
    for key, header in (
        (OTHER_KEY, {"alg": "RS256", "kid": "one"}),
        (KEY, {"alg": "RS256", "kid": "unknown"}),
        (OctKey.import_key("secret" * 8), {"alg": "HS256", "kid": "one"}),
        (KEY.as_pem(private=False), {"alg": "HS256", "kid": "one"}),
        (KEY, {"alg": "none"}),
    ):
        liar.signing_key, liar.header = key, header
        with pytest.raises(ProviderRefused, match="not signed"):
            attempt(site, school, liar)
    new = RSAKey.generate_key(2048, {"kid": "two"})
    liar.keys, liar.signing_key, liar.header = [KEY, new], new, {"alg": "RS256", "kid": "two"}
    assert attempt(site, school, liar).user == teacher
    liar.keys = [KEY]
    with pytest.raises(ProviderRefused, match="not signed"):
        attempt(site, school, liar)


def test_an_answer_to_another_question_or_from_another_provider_lets_nobody_in(site, school, teacher, liar):
    has_provider(site, school)
    for query in (
        {"state": "made up"},
        {"state": "\udcff"},
        {"iss": "https://evil.example"},
        {"code": ""},
        {"error": "access_denied"},
    ):
        with pytest.raises(ProviderRefused):
            attempt(site, school, liar, query=query)
    liar.about = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(ProviderRefused, match="another provider"):
        attempt(site, school, liar)
    assert attempt(site, school, liar, query={"iss": Liar.issuer}).user == teacher
    for wrong in (
        {"issuer": "https://evil.example"},
        {"issuer": f"{Liar.issuer}/"},
        {"jwks_uri": "http://127.0.0.1/keys"},
        {"token_endpoint": "http://sso.school.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ):
        liar.about = wrong
        with pytest.raises(ProviderRefused):
            attempt(site, school, liar)
    # An answer that belongs to one organisation opens nothing at another one's address.
    liar.about = {}
    other = add_organisation(site.place.services.database, None, name="Another")
    has_provider(site, other)
    services = site.place.services
    desk = ProviderDesk(services.database, services.clock, liar, services.vault, BASE)
    _address, state = desk.begin(school.id, "")
    with pytest.raises(ProviderRefused):
        desk.finish(other.id, state, {"state": state, "code": "c"})


def test_an_address_that_only_userinfo_has_is_asked_for_and_is_the_same_persons(site, school, teacher, liar):
    has_provider(site, school)
    liar.about = {"userinfo_endpoint": f"{Liar.issuer}/me"}
    more = {"email": "trainer@school.example", "email_verified": True}
    liar.userinfo = {"sub": "somebody else", **more}
    with pytest.raises(ProviderRefused, match="two people"):
        attempt(site, school, liar, email=None, email_verified=None)
    liar.userinfo = {"sub": "s1", **more}
    assert attempt(site, school, liar, email=None, email_verified=None).user == teacher


def test_nobody_takes_over_an_account_that_is_linked_to_somebody_else(site, school, teacher, liar):
    database = site.place.services.database
    has_provider(site, school)
    attempt(site, school, liar, sub="s1")
    with pytest.raises(ProviderRefused, match="linked to somebody else"):
        attempt(site, school, liar, sub="s2")
    second = member(site, school, "second@school.example")
    assert attempt(site, school, liar, sub="s1", email="second@school.example").user == teacher
    with pytest.raises(Conflict), database.writing() as unit:
        unit.providers.link(
            LinkedIdentity(
                organisation_id=school.id,
                issuer=Liar.issuer,
                subject="s1",
                user_id=second.id,
                linked_at=NOW,
            )
        )
    set_active(database, site.place.administrator, teacher.id, active=False)
    with pytest.raises(NoAccountHere):
        attempt(site, school, liar, sub="s1")
    assert deeds(site, AuditAction.SIGN_IN_FAILED)[0] == (None, teacher.id, "provider")
    set_active(database, site.place.administrator, teacher.id, active=True)

    office = site.person("administrator")
    page = words(office.get(f"/admin/users/{teacher.id}"))
    assert "own provider, since" in page
    office.follow(office.submit(f"/admin/users/{teacher.id}", "/unlink"))
    assert attempt(site, school, liar, sub="s2").user == teacher
    # Nobody of another organisation has an account at this one's provider, whatever it says.
    liar.issuer = "https://sso.elsewhere.example"
    elsewhere = add_organisation(database, None, name="Elsewhere")
    has_provider(site, elsewhere, issuer=liar.issuer)
    with pytest.raises(NoAccountHere):
        attempt(site, elsewhere, liar, iss=liar.issuer, sub="s9")
    with pytest.raises(NotFound):
        unlink(database, member(site, elsewhere, "a@else.example", UserRole.ADMINISTRATOR), teacher.id)


def test_a_certifiers_own_second_factor_is_asked_for_after_the_provider(site, school, liar):
    judge = member(site, school, "judge@school.example", UserRole.CERTIFIER)
    has_provider(site, school)
    settings = replace(site.place.services.settings, require_second_factor=True)
    services = replace(site.place.services, settings=settings)
    services.__dict__["provider_wire"] = liar
    client = create_app(services, PLENTY).test_client()

    def comes_back(**more: Any) -> str:
        sent = client.get(f"/sign-in/with/{school.id}").headers["Location"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
        liar.claims = honest_claims(asked["nonce"], services.clock().timestamp())
        liar.claims |= {"email": judge.email, "sub": "j", **more}
        back = client.get(f"/sign-in/with/{school.id}/back?state={asked['state']}&code=c")
        return back.headers["Location"]

    assert comes_back(amr=["mfa"]).startswith("/sign-in/second-step")
    assert client.get("/certifier/").headers["Location"].startswith("/sign-in/second-step")
    has_provider(site, school, second_factor=["mfa"])
    assert comes_back(amr=["pwd"]).startswith("/sign-in/second-step")
    assert comes_back(amr=["mfa"]) == "/work"
    assert client.get("/password").status_code == 200


# Setting one


def test_an_administrator_sets_the_provider_of_their_own_organisation_and_shows_again_who_they_are(
    site, school, liar
):
    services = site.place.services
    chief = member(site, school, "chief@school.example", UserRole.ADMINISTRATOR)
    office = site.visitor()
    office.submit("/sign-in", "/sign-in", email=chief.email, password=PASSWORD)
    own = f"/admin/organisations/{school.id}/sign-in"
    assert redirect_address(BASE, school.id) in words(office.get(own))
    typed = {"issuer": Liar.issuer, "client_id": CLIENT, "secret": "s3cret", "domains": "school.example"}
    services.clock.pass_by(minutes=6)
    refused = office.submit(own, present="wrong", **typed)
    assert "present password is wrong" in words(refused)
    assert "s3cret" not in refused.text
    saved = office.submit(own, present=PASSWORD, **typed)
    assert saved.status_code == 303, words(saved)
    page = office.follow(saved)
    assert "Saved" in words(page)
    assert "s3cret" not in page.text
    assert deeds(site, AuditAction.PROVIDER_SET) == [(chief.id, school.id, "")]
    with services.database.reading() as unit:
        sealed = unit.providers.of_organisation(school.id).sealed_secret
    liar.about = {"issuer": "https://evil.example"}
    wrong = office.submit(own, present=PASSWORD, **typed)
    assert "names itself otherwise" in words(wrong)
    liar.about = {}
    assert office.submit(own, present=PASSWORD, **typed | {"secret": ""}).status_code == 303
    with services.database.reading() as unit:
        assert unit.providers.of_organisation(school.id).sealed_secret == sealed, "an empty field keeps it"
    database = services.database
    with database.reading() as unit:
        others = unit.organisations.operator().id
    assert office.get(f"/admin/organisations/{others}/sign-in").status_code == 404
    with pytest.raises(NotFound):
        remove_provider(database, chief, others)
    assert office.submit(own, "/remove", present=PASSWORD).status_code == 303
    assert provider_of(database, chief, school.id) is None
    assert site.visitor().get(f"/sign-in/with/{school.id}").status_code == 404
    assert "Sign in at" not in words(site.visitor().get("/sign-in"))


def test_a_provider_has_an_https_address_and_domains(site, school):
    for wrong in (
        {"issuer": "http://sso.school.example"},
        {"issuer": "ftp://x"},
        {"issuer": "https://user@sso.school.example"},
        {"issuer": "https://sso.school.example?x"},
        {"issuer": "https://sso.school.example#x"},
        {"issuer": "https://"},
        {"issuer": "https://x:y"},
        {"domains": []},
        {"domains": ["*"]},
        {"domains": ["school"]},
        {"client_id": ""},
        {"secret": "a\nb"},
        {"second_factor": ["two words"]},
    ):
        with pytest.raises(InvalidInput):
            has_provider(site, school, **wrong)


# The line


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body, location = {
            "/good": (200, b'{"a": 1}', ""),
            "/list": (200, b"[]", ""),
            "/away": (302, b"", "/good"),
            "/large": (200, b'"' + b"x" * MOST_BYTES + b'"', ""),
            "/fault": (500, b"{}", ""),
        }[self.path]
        self.send_response(status)
        self.send_header("Location", location) if location else None
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_line_is_bounded_follows_nobody_and_leads_to_this_machine_only_where_it_begins_there():
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        Thread(target=server.serve_forever, daemon=True).start()
        base, mute = (f"http://127.0.0.1:{port}" for port in (server.server_port, silent.getsockname()[1]))
        wire = HttpProviderWire(seconds=0.5)
        assert wire.get(f"{base}/good", local=True) == {"a": 1}
        for path in ("/away", "/large", "/fault"):
            with pytest.raises(ProviderUnavailable):
                wire.get(base + path, local=True)
        with pytest.raises(ProviderRefused, match="JSON"):
            wire.get(f"{base}/list", local=True)
        with pytest.raises(ProviderUnavailable, match="in time"):
            wire.get(f"{mute}/", local=True)
        for url in (f"{base}/good", "file:///etc/passwd", "https://user@x.example/", "https://x.example/ y"):
            with pytest.raises(ProviderRefused):
                wire.get(url, local=False)
        with pytest.raises(NoAnswer, match="this machine"):
            exchange(f"{base}/good", seconds=1, limit_bytes=10, elsewhere=True)
        server.shutdown()


# Whatever is sent


@given(st.text() | st.from_regex(r"https?://[!-~]{0,30}"))
def test_an_address_that_is_taken_is_https_and_names_a_host(url):
    try:
        check_address(url, local=False)
    except ProviderRefused:
        return
    assert url.startswith(("https://", "HTTPS://")) or url[:8].lower() == "https://"
    assert urlsplit(url).hostname
    assert "@" not in urlsplit(url).netloc


JSON_VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=20)
    | st.lists(st.text(max_size=5), max_size=3)
)


@given(st.sampled_from(["iss", "aud", "nonce", "sub", "exp", "iat", "azp", "nbf"]), JSON_VALUES)
def test_whatever_one_claim_says_a_token_is_refused_or_says_what_it_must(name, value):
    provider = IdentityProvider(
        organisation_id="o", issuer=Liar.issuer, client_id=CLIENT, sealed_secret=b"", domains=frozenset()
    )
    sent = honest_claims("n", NOW.timestamp()) | {name: value}
    token = signed(sent, {"alg": "RS256", "kid": "one"}, KEY)
    keys = KeySet([KEY]).as_dict(private=False)
    try:
        claims = claims_of(token, keys, provider, "n", NOW)
    except ProviderRefused:
        return
    assert (claims["iss"], claims["nonce"]) == (Liar.issuer, "n")
    assert claims["aud"] in (CLIENT, [CLIENT])
    assert claims.get("azp", CLIENT) == CLIENT
    assert claims["sub"]
    assert isinstance(claims["sub"], str)
    assert claims["exp"] > NOW.timestamp() - 61
    assert claims["iat"] < NOW.timestamp() + 61


@given(
    st.dictionaries(
        st.text(max_size=5),
        JSON_VALUES
        | st.lists(st.dictionaries(st.sampled_from(["kty", "n", "e", "use", "kid"]), JSON_VALUES)),
    ),
    st.text(max_size=60) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True),
)
def test_rubbish_for_keys_or_for_a_token_is_refused_and_no_fault(keys, token):
    provider = IdentityProvider(
        organisation_id="o", issuer=Liar.issuer, client_id=CLIENT, sealed_secret=b"", domains=frozenset()
    )
    with pytest.raises(ProviderRefused):
        claims_of(token, keys, provider, "n", NOW)
