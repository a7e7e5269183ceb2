"""Awards of every kind of page: both designs, four scripts, both languages, the longest and the shortest."""

from __future__ import annotations

from dataclasses import replace

from awards import AWARD
from signed_files import SIGNED_AT, Office

from certify.award.record import AwardedCompetence, AwardRecord
from certify.credential.openbadge import credential
from certify.credential.rdf import compact
from certify.framework.load import load_framework, published_scheme
from certify.pades.document import UnsignedPdf
from certify.parts import whole
from certify.pdf.design import Designs
from certify.pdf.press import CertificatePress
from certify.people.model import HolderName

SCHEME = load_framework(published_scheme())
ROOM = 2602
STATEMENT = "QRE2EAJHARCFMR22U6QF" * 9 + "QRE2EA"
"""As long as the signed statement of a usual name."""

NAMES = {
    "latin": ("Nguyễn Thị Hoà-Müller", "Nguyen Thi Hoa-Mueller"),
    "cyrillic": ("Цветелина Щърбанова", "Tsvetelina Shtarbanova"),
    "greek": ("Ευθυμία Ξανθοπούλου", "Efthymia Xanthopoulou"),
    "arabic": ("فاطمة الزهراء بنت محمد", "Fatima al-Zahra bint Muhammad"),
    "hebrew": ("יעל בן־דוד", "Yael Ben-David"),
    "devanagari": ("कृष्णमूर्ति श्रीवास्तव", "Krishnamurti Shrivastava"),
    "mixed": ("Anna فاطمة Smith", "Anna Fatima Smith"),
}


def award(language: str = "en", kind: str = "role", script: str = "latin", **changes) -> AwardRecord:
    """An award of the shipped scheme."""

    def text(texts) -> str:
        return SCHEME.text(texts, language)

    role, body, facts = SCHEME.roles[0], SCHEME.scheme.awarding_body, SCHEME.scheme
    competences = tuple(
        AwardedCompetence(
            id=item.competence_id,
            title=text(SCHEME.competence[item.competence_id].title),
            area=text(SCHEME.area[SCHEME.competence[item.competence_id].area_id].title),
            level=item.level,
        )
        for item in role.requires
    )
    title, description = text(role.title), text(role.description)
    if kind == "unit":
        competences = competences[:1]
        title, description = (
            competences[0].title,
            text(SCHEME.competence[competences[0].id].description),
        )
    levels = [item.level for item in competences]
    printed, latin = NAMES[script]
    made = replace(
        AWARD,
        language=language,
        kind=kind,
        template_id=kind,
        holder=HolderName(native=printed, latin=latin, printed=printed),
        role_title=title,
        description=description,
        phase=text(SCHEME.phase[role.phase_id].title),
        framework_title=text(SCHEME.title),
        competences=competences,
        level_minimum=min(levels),
        level_maximum=max(levels),
        awarding_body=text(body.name),
        website=body.website,
        signatory=text(body.signatory),
        assessment=text(facts.assessment),
        participation=text(facts.participation),
        quality_assurance=text(facts.quality_assurance),
        renewal=text(facts.renewal),
    )
    return replace(made, **changes)


def scan_address(one: AwardRecord) -> str:
    return f"{one.verification_url}#{STATEMENT}"


def attached(one: AwardRecord) -> bytes:
    return compact(credential(one)).encode()


def pressed(one: AwardRecord, press: CertificatePress | None = None) -> UnsignedPdf:
    return (press or CertificatePress(ROOM)).press(one, scan_address(one), whole(attached(one)))


def signed(office: Office, one: AwardRecord, designs: Designs | None = None) -> bytes:
    """Return the finished file of an award, as it is issued."""
    one = replace(one, issued_at=SIGNED_AT)
    return office.signer.sign(
        pressed(one, CertificatePress(office.signer.contents_length, designs)), SIGNED_AT
    )
