"""The certificate's fixed wording, one JSON file a language."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from importlib import resources
from typing import Any


@cache
def labels(language: str) -> dict[str, Any]:
    """Return the wording in a language, or in English where there is no file for it."""
    folder = resources.files("certify.pdf").joinpath("labels")
    file = folder.joinpath(f"{language}.json")
    if not language.isalpha() or not file.is_file():
        file = folder.joinpath("en.json")
    return dict(json.loads(file.read_text("utf-8")))


def written_date(day: date, language: str) -> str:
    """Write a day with its month in words."""
    words = labels(language)
    return str(words["date"]).format(day=day.day, month=words["months"][day.month - 1], year=day.year)
