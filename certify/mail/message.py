"""A letter as a message: text and HTML, and headers that tell machines what it is (RFC 5322, 3834, 8058)."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from certify.mail.model import Letter
from certify.mail.wording import Wording


def message(letter: Letter, words: Wording, *, sender: str, sent_at: datetime, stop_address: str) -> bytes:
    """Return the message's bytes.

    Its Message-ID follows from the letter: where an attempt was accepted and nobody came to know, the second
    one is the same message, and receivers show it once.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = letter.to
    made["Subject"] = words.subject
    made["Date"] = format_datetime(sent_at)
    made["Message-ID"] = f"<{letter.id.lower()}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    # So that nobody's holiday notice answers it (RFC 3834, 5).
    made["Auto-Submitted"] = "auto-generated"
    if stop_address:
        made["List-Unsubscribe"] = f"<{stop_address}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(words.text)
    made.add_alternative(words.html, subtype="html")
    return made.as_bytes()
