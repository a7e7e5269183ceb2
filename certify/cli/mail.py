"""``certify mail``: send what waits, and look at the queue."""

from __future__ import annotations

import time
from typing import IO

import click

from certify.cli.console import say, say_error, say_json, say_table
from certify.cli.installation import Installation, as_json, with_installation
from certify.clock import iso
from certify.errors import CertifyError, InvalidInput
from certify.mail.model import LetterKind, LetterState, letter
from certify.mail.rewording import reword, words_now
from certify.mail.wording import texts as shipped
from certify.settings import LANGUAGES

_PAUSE_SECONDS = 5


@click.group()
def mail() -> None:
    """Letters to people; nothing is sent unless a mail server is set (docs/mail.md)."""


@mail.command()
@click.option("--watch", is_flag=True, help="Go on until stopped, looking every few seconds.")
@with_installation
def send(installation: Installation, *, watch: bool) -> None:
    """Send every letter that is due."""
    postman = installation.services.postman()
    while True:
        try:
            done = postman.deliver()
        except CertifyError as error:
            if not watch:
                raise
            say_error(error)
        else:
            if any((done.sent, done.postponed, done.given_up, done.unsent)) or not watch:
                say(
                    f"Sent {done.sent}, put off {done.postponed}, given up {done.given_up}, "
                    f"no longer to be sent {done.unsent}."
                )
        if not watch:
            return
        time.sleep(_PAUSE_SECONDS)


@mail.command()
@click.option(
    "--state", type=click.Choice([state.value for state in LetterState]), help="Only letters in this state."
)
@as_json
@with_installation
def queue(installation: Installation, state: str | None, *, in_json: bool) -> None:
    """List letters, the newest first, with what became of them."""
    with installation.services.database.reading() as unit:
        found = unit.outbox.recent(LetterState(state) if state else None)
    if in_json:
        say_json(
            [
                {
                    "id": item.letter.id,
                    "kind": item.letter.kind.value,
                    "to": item.letter.to,
                    "state": item.state.value,
                    "attempts": item.attempts,
                    "queued_at": iso(item.letter.queued_at),
                    "due_at": iso(item.due_at),
                    "settled_at": item.settled_at and iso(item.settled_at),
                    "error": item.error,
                }
                for item in found
            ]
        )
        return
    say_table(
        ("letter", "kind", "to", "state", "tried", "queued", "why"),
        [
            (
                item.letter.id,
                item.letter.kind.value,
                item.letter.to,
                item.state.value,
                str(item.attempts),
                iso(item.letter.queued_at),
                item.error,
            )
            for item in found
        ],
    )


@mail.command()
@click.argument("letter_id", metavar="LETTER")
@with_installation
def retry(installation: Installation, letter_id: str) -> None:
    """Try a LETTER anew that was given up."""
    services = installation.services
    with services.database.writing() as unit:
        unit.outbox.retry(letter_id, services.clock())
    say("The letter waits again.")


@mail.command()
@click.argument("address")
@click.option("--language", type=click.Choice(LANGUAGES), help="The installation's own where not given.")
@with_installation
def trial(installation: Installation, address: str, language: str | None) -> None:
    """Send a trial letter to ADDRESS at once, past the queue, and say what the mail server answers."""
    services = installation.services
    carrier, now = services.mail_carrier, services.clock()
    trial_letter = letter(LetterKind.TRIAL, address, now, {"name": address}, language=language)
    with carrier.reach() as carriage:
        carriage.carry(trial_letter.to, services.mail_desk.written(trial_letter, carrier.sender, now))
    say(f"The mail server took a trial letter to {address}.")


@mail.command()
@as_json
@with_installation
def texts(installation: Installation, *, in_json: bool) -> None:
    """List the letters that have other words than the shipped ones."""
    with installation.services.database.reading() as unit:
        found = [text for text in unit.letter_texts.last() if text.words]
    rows = [
        (text.kind.value, text.language, text.version, iso(text.changed_at), text.subject) for text in found
    ]
    if in_json:
        names = ("kind", "language", "version", "changed_at", "subject")
        say_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    say_table(
        ("kind", "language", "version", "changed", "subject"),
        [tuple(str(cell) for cell in row) for row in rows],
    )


@mail.command()
@click.argument("kind", type=click.Choice([kind.value for kind in LetterKind]))
@click.argument("language", type=click.Choice(LANGUAGES))
@click.option(
    "--file", type=click.File("r", encoding="utf-8"), help="Take subject, an empty line and text from here."
)
@click.option("--shipped", "again", is_flag=True, help="Use the shipped text again.")
@with_installation
def text(installation: Installation, kind: str, language: str, file: IO[str] | None, *, again: bool) -> None:
    """Print what letters of a KIND say in a LANGUAGE, or change it for letters queued from now on."""
    services, of_kind = installation.services, LetterKind(kind)
    if file is not None and again:
        raise InvalidInput("takes a file or the shipped text, not both.", where="mail text")
    if file is not None or again:
        words = None
        if file is not None:
            subject, _, body = file.read().partition("\n")
            words = subject, body
        done = reword(services.database, services.clock, None, of_kind, language, words)
        say(f"Letters of the kind {kind} in {language} have version {done.version}.")
        return
    with services.database.reading() as unit:
        counting = words_now(unit, of_kind, language)
    own = shipped(language)[kind]
    subject, body = counting or (own["subject"], own["body"].strip())
    say(subject, "", *body.split("\n"))
