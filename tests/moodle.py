"""Moodle's activity completion report, as its CSV download for spreadsheets lays it out.

UTF-8, commas; the names' heading is empty, then the identity fields that the site shows, then two columns for each
activity: its state, and the day in words. A state is "Completed", "Not completed", "Completed (achieved pass
grade)" or "Completed (did not achieve pass grade)" (Moodle, lang/en/completion.php and report/progress/index.php).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

MODULES = ("A5", "B6")
_DAY = "Tuesday, 31 March 2026, 9:30 AM"


def completion_report(people: Sequence[tuple[str, str]], wrong: Sequence[str] = ()) -> bytes:
    """Return a report about people (name, e-mail address), with ``wrong`` rows of the given kinds at its end."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["", "Email address", *(cell for name in MODULES for cell in (name, f"{name} - Completion date"))]
    )
    for place, (name, email) in enumerate(people):
        second = ["Completed (achieved pass grade)", _DAY] if place % 2 else ["Not completed", ""]
        writer.writerow([name, email, "Completed", _DAY, *second])
    for number, kind in enumerate(wrong):
        name, email = people[number]
        cells = {
            "unknown": [
                "Nobody Known",
                f"nobody{number}@example.org",
                "Completed",
                _DAY,
                "Not completed",
                "",
            ],
            "day": [name, email, "Completed", "31st of something", "Not completed", ""],
            "future": [name, email, "Completed", "Friday, 1 January 2027, 9:30 AM", "Not completed", ""],
            "state": [name, email, "Brilliant", _DAY, "Not completed", ""],
            "formula": ['=HYPERLINK("http://evil.example")', "=1+1", "Completed", _DAY, "Not completed", ""],
            "short": [name, email],
        }[kind]
        writer.writerow(cells)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
