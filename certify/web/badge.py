"""A small picture that says what a certificate's answer is, for a link on somebody's own page.

It names nobody: the answer in words, with its icon and colour, and nothing about the holder or the award.
"""

from __future__ import annotations

from html import escape

from certify.verification.answer import Answer
from certify.web.i18n import gettext, language, say
from certify.web.verdicts import LABELS, TONES

# Dark enough for white text (WCAG 2.2, 1.4.3): each has a contrast of 5 or more with white.
_COLOURS = {
    "good": "#176b3a",
    "specimen": "#5b3a8c",
    "paused": "#9a3d00",
    "revoked": "#a61b1b",
    "replaced": "#1d4f7c",
    "expired": "#4b5766",
    "early": "#0b6470",
    "bad": "#7c1212",
    "unclear": "#6b5200",
}
_MARKS = {
    "good": "M5 10.5l3.500 3.500 7-8",
    "specimen": "M5 16L15 4M5 4h10v12H5z",
    "paused": "M7 5v10M13 5v10",
    "revoked": "M5 5l10 10M10 2.500a7.500 7.500 0 1 0 .1 0",
    "replaced": "M3 10h13M11 5l5 5-5 5",
    "expired": "M3 5h14v12H3zM3 8.500h14M7 11l6 4M13 11l-6 4",
    "early": "M10 5v5l3 2M10 2.500a7.500 7.500 0 1 0 .1 0",
    "bad": "M5 5l10 10M15 5L5 15",
    "unclear": "M7 7c0-4 6-4 6 0 0 2.500-3 2.500-3 5M10 15.500v.1",
}
_LETTER_WIDTH = 7.4
_HEIGHT = 28


def badge(answer: Answer | None) -> str:
    """Return the SVG of an answer; None is a certificate that was not found."""
    left = gettext("Certificate")
    right = say(LABELS[answer]) if answer is not None else gettext("not found")
    tone = TONES[answer] if answer is not None else "unclear"
    spoken = f"{left}: {right}"
    left_width = round(len(left) * _LETTER_WIDTH)
    right_width = round(len(right) * _LETTER_WIDTH)
    split = left_width + 20
    width = split + right_width + 46
    # `textLength` holds the words to the room they were given, whatever fonts the reader has.
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" viewBox="0 0 {width} {_HEIGHT}" \
role="img" lang="{language().tag}" aria-label="{escape(spoken)}"><title>{escape(spoken)}</title>\
<rect width="{width}" height="{_HEIGHT}" rx="4" fill="#2b3440"/>\
<path d="M{split} 0h{width - split - 4}a4 4 0 0 1 4 4v{_HEIGHT - 8}a4 4 0 0 1-4 4H{split}z" fill="{_COLOURS[tone]}"/>\
<path d="{_MARKS[tone]}" transform="translate({split + 8} 4)" fill="none" stroke="#fff" stroke-width="2" \
stroke-linecap="round" stroke-linejoin="round"/>\
<g fill="#fff" font-family="Verdana,DejaVu Sans,Noto Sans,sans-serif" font-size="12">\
<text x="10" y="18.500" textLength="{left_width}" lengthAdjust="spacingAndGlyphs">{escape(left)}</text>\
<text x="{split + 36}" y="18.500" textLength="{right_width}" lengthAdjust="spacingAndGlyphs" font-weight="bold">\
{escape(right)}</text></g></svg>
"""
