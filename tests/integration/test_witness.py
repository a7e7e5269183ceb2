"""The look of other people's code at a fresh certificate works wherever issuing is started from."""

from __future__ import annotations

import asyncio

from installation import install


def test_a_certificate_is_issued_from_within_a_running_event_loop(tmp_path):
    place = install(tmp_path)
    decision = place.granted()

    async def issue():
        return place.services.issuer.issue(decision)

    assert asyncio.run(issue()).sha256
    place.services.database.close()
