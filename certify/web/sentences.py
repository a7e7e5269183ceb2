"""The core's reasons in the reader's language: why a rule is not met, what stops a certifier, what an error says.

They are known by their stable codes, never by their English; a code that is missing here is said in English.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from markupsafe import Markup

from certify.eligibility.model import NotMet, RuleResult
from certify.errors import CertifyError
from certify.framework.model import Framework
from certify.impartiality.model import Hindrance, HindranceKind
from certify.web.i18n import N_, language, say
from certify.web.problems import PROBLEMS, Problem, answer_to

NOT_MET: Mapping[str, str] = {
    "not-passed": N_("It was not passed."),
    "in-the-future": N_("Its day of completion lies in the future."),
    "module-not-in-framework": N_("This version of the module is not part of this framework version."),
    "module-not-valid": N_("This version of the module did not count on the day of completion."),
    "qualification-not-reviewed": N_("No prior qualification has been reviewed."),
    "qualification-not-accepted": N_("The evidence of the prior qualification was not accepted."),
    "qualification-level-unknown": N_("The prior qualification has no known EQF level."),
    "qualification-level-outside": N_(
        "The prior qualification is at EQF level %(level)s, which the scheme does not admit."
    ),
    "no-record": N_("No completion that counts addresses this competence."),
    "level-too-low": N_("The best completion reaches EQF level %(level)s; level %(required)s is required."),
}

HINDRANCES: Mapping[HindranceKind, str] = {
    HindranceKind.OWN: N_("Nobody decides on their own certification."),
    HindranceKind.TRAINED: N_("You trained this candidate in %(about)s, which the decision would rely on."),
    HindranceKind.RECORDED: N_("You recorded this candidate's %(about)s, which the decision would rely on."),
    HindranceKind.DECLARED: N_("You declared a conflict of interest: %(about)s"),
}


def why(result: RuleResult) -> str:
    """Say why a rule is not met."""
    outcome = result.outcome
    if not isinstance(outcome, NotMet):
        return ""
    known = NOT_MET.get(outcome.code)
    if known is None:
        return outcome.reason
    return say(known, level=outcome.level, required=result.required_level)


def hindered(hindrance: Hindrance) -> str:
    """Say what stops the reader from deciding."""
    return say(HINDRANCES[hindrance.kind], about=hindrance.about)


def problem_of(error: CertifyError) -> Problem:
    """Return the kind of problem that an error is; its title and meaning are to be translated."""
    return answer_to(error).problem


def problem_named(code: str) -> Problem:
    """Return a kind of problem by its code; the unknown one for what is not known."""
    return PROBLEMS.get(code, PROBLEMS["error"])


def framework_text(framework: Framework, texts: Mapping[str, str]) -> Markup:
    """Write a text of a framework in the reader's language where it has that one, and say which it is."""
    spoken = language().tag
    tag = spoken if spoken in framework.languages else framework.languages[0]
    return Markup('<span lang="{}">{}</span>').format(tag, framework.text(texts, tag))


def install(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(why=why, hindered=hindered, problem_of=problem_of)
    app.jinja_env.globals.update(problem_named=problem_named, framework_text=framework_text)
