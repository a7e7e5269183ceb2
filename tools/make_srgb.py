"""Make certify/pdf/srgb.icc: the sRGB output profile, 588 bytes, in the ICC version that PDF 1.7 knows.

Run once by a maintainer, not at installation: python tools/make_srgb.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import ImageCms

PROFILE = Path(__file__).resolve().parents[1] / "certify" / "pdf" / "srgb.icc"
# ICC.1:2004-10 is version 4.2, the latest that ISO 32000-1 (table 66) and with it PDF/A-3 allows.
VERSION = bytes.fromhex("04200000")
MOMENT = bytes.fromhex("07ea0001000100000000000000"[:24])


def main() -> None:
    """Write the profile with a fixed version and moment."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    PROFILE.write_bytes(made[:8] + VERSION + made[12:24] + MOMENT + made[36:])


if __name__ == "__main__":
    main()
