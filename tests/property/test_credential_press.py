"""The fast way and the slow way to a credential give the same bytes, and the canonical form is PyLD's and jsonld.js's."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from awards import AWARD
from credential_keys import BASE, KEYS, ask, documents
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.award.record import AwardedCompetence, AwardRecord
from certify.credential.binding import matches
from certify.credential.dataintegrity import add_proof
from certify.credential.didweb import method_id
from certify.credential.jwt import EDDSA, ES256, base64url, claims, rebuilt, verify_jwt
from certify.credential.openbadge import credential
from certify.credential.press import CredentialPress
from certify.credential.rdf import canonical, compact, escaped
from certify.credential.recognise import KnownIssuer
from certify.credential.template import mark, number_mark
from certify.credential.verify import verify_credential
from certify.errors import CertifyError, InvalidInput, LintFailed
from certify.people.model import HolderName

PRESS = CredentialPress(BASE, KEYS)
PUBLISHED = KEYS.published()

# What breaks a format, a template or a canonical form, and whole alphabets around it.
HOSTILE = [
    '"', "\\", "\\\\", '\\"', "\\u0041", "\\n", "%", "%%", "%s", "%(x)s", "%n", "{}", "{0}", "'", "`", "$",
    "<", ">", "^^", "@en", "_:c14n0", " .", "<http://a> <http://b> <http://c> .", "--", "/", "\u00a0", "\u0085",
    "\u2028", "\u2029", "\ufeff", "\u200f", "\u202e", "\u2066", "\u0301", "e\u0301\u0302\u0323", "ﷺ", "العربية", "עברית",
    "😀", "👩🏽‍🚀", "\U0001d510\U0001d51e", "\U0010fffd", "\U0010f002", "\U0001fffe", "\ufffd", "ß", "ǅ", "İ", "々", "한국", "\ue000",
]  # fmt: skip
TEXT = st.lists(
    st.sampled_from(HOSTILE)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\x7f", min_codepoint=0x20), max_size=12),
    min_size=1,
    max_size=5,
).map("".join).filter(str.strip)  # fmt: skip
IDENTIFIER = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=26, max_size=26)
DAYS = st.dates(date(2000, 1, 1), date(2999, 12, 31))
MOMENTS = st.integers(0, 10**9).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def varied(certificate_id: str, **changes: object) -> AwardRecord:
    return replace(
        AWARD, certificate_id=certificate_id, verification_url=f"{BASE}/v/{certificate_id}", **changes
    )


OF_ONE_KIND = st.builds(
    varied,
    IDENTIFIER,
    number=TEXT,
    holder=st.builds(HolderName, native=TEXT, latin=TEXT, printed=TEXT),
    workload_minutes=st.integers(1, 10**7),
    decided_on=DAYS,
    issued_at=MOMENTS,
    valid_from=DAYS,
    valid_until=DAYS,
    status_list=st.integers(1, 10**6),
    status_index=st.integers(0, 131_071),
    supersedes=st.none() | IDENTIFIER,
)
NAME = st.from_regex(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,3}", fullmatch=True)
LEVEL = st.integers(1, 8)
COMPETENCES = st.lists(
    st.builds(
        AwardedCompetence,
        id=NAME,
        title=TEXT,
        area=TEXT,
        level=LEVEL,
        esco=st.none() | st.uuids().map(lambda it: f"http://data.europa.eu/esco/skill/{it}"),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda item: item.id,
).map(tuple)
OF_ANY_KIND = st.builds(
    replace,
    OF_ONE_KIND,
    language=st.sampled_from(["en", "bg", "sr-Latn", "ar"]),
    specimen=st.booleans(),
    kind=st.sampled_from(["role", "unit"]),
    role_id=NAME,
    role_title=TEXT,
    description=TEXT,
    phase=TEXT,
    framework_title=TEXT,
    competences=COMPETENCES,
    level_minimum=LEVEL,
    level_maximum=LEVEL,
    awarding_body=TEXT,
    signatory=TEXT,
    assessment=TEXT,
    participation=TEXT,
    quality_assurance=TEXT,
    renewal=TEXT,
    template_id=NAME,
    template_version=st.integers(1, 99),
)


def slowly(award: AwardRecord) -> tuple[bytes, str]:
    """The JSON with its proof, and a token's payload, by JSON-LD and RDF processing alone."""
    signed_at = max(award.issued_at, KEYS.usable_from)
    method = method_id(BASE, KEYS.eddsa_key_id)
    proven = add_proof(credential(award), method, signed_at, KEYS.sign_eddsa)
    return compact(proven).encode(), base64url(compact(claims(award, BASE, signed_at)).encode())


def check(award: AwardRecord) -> None:
    made = PRESS.make(award)
    proven, payload = slowly(award)
    assert made.json == proven
    assert [token.split(".")[1] for token in (made.jwt_eddsa, made.jwt_es256)] == [payload, payload]
    assert PRESS.make(award) == made
    assert PRESS.make_json(award) == made.json
    assert KnownIssuer(BASE, KEYS.published).check(made.json, award).public == KEYS.public
    # A register that keeps the signatures alone gives the tokens back.
    for algorithm, key, token in (
        (EDDSA, KEYS.eddsa_key_id, made.jwt_eddsa),
        (ES256, KEYS.es256_key_id, made.jwt_es256),
    ):
        assert rebuilt(made.json, algorithm, method_id(BASE, key), _signature_of(token)) == token


def _signature_of(token):
    return base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")


@settings(deadline=None, max_examples=60)
@given(OF_ONE_KIND)
def test_both_ways_give_the_same_bytes_for_whatever_varies(award: AwardRecord) -> None:
    check(award)


@settings(deadline=None, max_examples=60)
@given(OF_ANY_KIND)
def test_both_ways_give_the_same_bytes_for_whatever_a_kind_of_award_says(award: AwardRecord) -> None:
    check(award)


@settings(deadline=None, max_examples=40)
@given(OF_ANY_KIND)
def test_what_is_made_verifies_and_says_what_the_award_says(award: AwardRecord) -> None:
    made = PRESS.make(award)
    stated, _ = verify_credential(made.json, BASE, PUBLISHED)
    assert matches(stated, award) == []
    assert verify_jwt(made.jwt_eddsa, BASE, PUBLISHED)[0] == verify_jwt(made.jwt_es256, BASE, PUBLISHED)[0]


@settings(deadline=None, max_examples=40)
@given(OF_ONE_KIND, OF_ONE_KIND)
def test_two_awards_never_share_what_is_signed(one: AwardRecord, other: AwardRecord) -> None:
    if one != other:
        assert canonical(credential(one)) != canonical(credential(other))


@given(TEXT)
def test_a_literal_is_escaped_as_pyld_escapes_it(text: str) -> None:
    document = {"@context": {"@vocab": "urn:x:"}, "@id": "urn:x:a", "name": text}
    assert canonical(document) == f'<urn:x:a> <urn:x:name> "{escaped(text)}" .\n'


def test_jsonld_js_gives_the_same_canonical_form_for_every_hostile_text() -> None:
    """Not PyLD's doing: another program, in another language, by other people."""
    awards = [
        AWARD,
        *(
            replace(
                AWARD, role_title=text, holder=HolderName(native=text, latin=text[::-1], printed=text * 2)
            )
            for text in HOSTILE
            if text.strip()
        ),
    ]
    given = [credential(award) for award in awards]
    answered = ask("canonize", given=given, documents=documents())
    for theirs, document in zip(answered, given, strict=True):
        assert theirs == canonical(document)


FREE = (
    "number",
    "role_title",
    "description",
    "phase",
    "framework_title",
    "signatory",
    "assessment",
    "participation",
)
CONTROLS = [*map(chr, range(0x20)), "\x7f", "\ud800", "\udfff", "\ufffe", "\uffff"]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda it: f"U+{ord(it):04X}")
def test_characters_that_programs_write_differently_are_refused_wherever_they_stand(control: str) -> None:
    bad = f"a{control}b"
    one = AWARD.competences[0]
    awards = [
        *(replace(AWARD, **{name: bad}) for name in FREE),
        *(
            replace(AWARD, holder=replace(AWARD.holder, **{name: bad}))
            for name in ("native", "latin", "printed")
        ),
        *(
            replace(AWARD, competences=(replace(one, **{name: bad}),))
            for name in ("id", "title", "area", "esco")
        ),
    ]
    for award in awards:
        with pytest.raises(LintFailed):
            PRESS.make(award)
        with pytest.raises(LintFailed):
            credential(award)


@pytest.mark.parametrize("name", ["role_title", "description", "awarding_body"])
def test_a_text_that_looks_like_the_templates_own_marks_is_refused(name: str) -> None:
    for text in (mark(2), f"<{number_mark(5)}>"):
        with pytest.raises(CertifyError):
            PRESS.make(replace(AWARD, **{name: text}))


def test_a_text_may_hold_any_character_for_private_use() -> None:
    check(replace(AWARD, role_title="\ue000 \U000f0000 \U0010f000 \U0010f00d \U0010fffd"))


def test_a_name_that_looks_like_the_templates_own_marks_is_a_name() -> None:
    check(
        replace(
            AWARD,
            holder=HolderName(native=mark(2), latin="%s", printed=mark(3)),
        )
    )


def test_a_place_in_the_award_digest_is_that_of_the_award() -> None:
    one, other = (json.loads(PRESS.make_json(replace(AWARD, status_index=index))) for index in (1, 2))
    assert one["awardDigest"] != other["awardDigest"]
    assert len(one["awardDigest"]) == sha256().digest_size * 2


@given(OF_ONE_KIND)
def test_a_token_rebuilt_from_the_attached_credential_is_the_one_that_was_signed(award: AwardRecord) -> None:
    made = PRESS.make(award)
    for token, algorithm, key_id in (
        (made.jwt_eddsa, EDDSA, KEYS.eddsa_key_id),
        (made.jwt_es256, ES256, KEYS.es256_key_id),
    ):
        assert rebuilt(made.json, algorithm, method_id(BASE, key_id), _signature_of(token)) == token


@given(OF_ONE_KIND, OF_ONE_KIND)
def test_a_credential_is_known_again_by_its_own_award_alone(one: AwardRecord, other: AwardRecord) -> None:
    issuer = KnownIssuer(BASE, KEYS.published)
    made = PRESS.make_json(one)
    assert issuer.check(made, one).id == KEYS.eddsa_key_id
    if one != other:
        with pytest.raises(InvalidInput):
            issuer.check(made, other)


@given(OF_ONE_KIND, st.data())
def test_a_credential_with_any_byte_changed_is_not_known_again(
    award: AwardRecord, data: st.DataObject
) -> None:
    made = bytearray(PRESS.make_json(award))
    at = data.draw(st.integers(0, len(made) - 1))
    made[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidInput):
        KnownIssuer(BASE, KEYS.published).check(bytes(made), award)
