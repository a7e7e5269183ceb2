"""A process killed while it imports leaves all or nothing; the page says which, and recording goes on from there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from databases import ENGINES, fresh_database
from installation import install

from certify.completions.sheet_import import ImportMode
from certify.completions.uploads import Desk, open_upload, record, settle_columns, start
from certify.people.service import join_cohort, open_cohort

# The process ends itself, as if by a power cut, when it reaches the named step.
CRASH = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from dying import die, die_after
from installation import install
from certify.completions.sheet_import import ImportMode
from certify.completions.uploads import Desk, open_upload, record, settle_columns
from certify.db.completions import SqlCompletions
from certify.db.training import SqlBatches, SqlUploads
place = install(Path({folder!r}), {url!r})
services, step = place.services, {step!r}
desk = Desk(services.database, services.clock, services.waiting_files, place.trainer)
opened = open_upload(desk, {upload!r})
if step == "trial tried, not yet kept":
    die_after(SqlUploads, "keep")
    settle_columns(desk, opened, opened.mapping)
settle_columns(desk, opened, opened.mapping)
opened = open_upload(desk, {upload!r})
if step == "batch begun":
    die_after(SqlBatches, "add")
elif step == "records written, not yet committed":
    die_after(SqlCompletions, "add_all")
elif step == "lines written, not yet committed":
    die_after(SqlBatches, "add_lines")
record(desk, opened, ImportMode.GOOD_ROWS)
die()
"""
STEPS = {
    "trial tried, not yet kept": 0,
    "batch begun": 0,
    "records written, not yet committed": 0,
    "lines written, not yet committed": 0,
    "committed, not yet answered": 2,
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", STEPS)
def test_an_import_killed_at_any_step_is_all_or_nothing_and_can_be_gone_on_with(tmp_path, engine, step):
    with fresh_database(engine, tmp_path) as url:
        place = install(tmp_path, url)
        services = place.services
        people = [place.candidate(f"C-{number}") for number in range(2)]
        cohort = open_cohort(
            services.database,
            place.administrator,
            code="A-1",
            title="A class",
            framework_id="small",
            starts_on=services.clock().date(),
            trainer_ids=[place.trainer.id],
        )
        for person in people:
            join_cohort(services.database, place.administrator, cohort.id, person.id, "developer")
        desk = Desk(services.database, services.clock, services.waiting_files, place.trainer)
        rows = b"candidate,module,completed_on\nC-0,A5,2026-05-01\nC-1,A5,2026-05-01\nC-9,A5,2026-05-01\n"
        upload = start(desk, "small", "a.csv", rows)
        program = CRASH.format(
            tests=str(Path(__file__).parents[1]), folder=str(tmp_path), url=url, step=step, upload=upload.id
        )
        killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert killed.returncode == -9, killed.stderr

        def recorded() -> int:
            with services.database.reading() as unit:
                return sum(len(unit.completions.of_candidate(person.id)) for person in people)

        assert recorded() == STEPS[step]
        opened = open_upload(desk, upload.id)
        assert (opened.batch is not None) == bool(STEPS[step])
        if opened.upload.trial is None:
            settle_columns(desk, opened, opened.mapping)
            opened = open_upload(desk, upload.id)
        record(desk, opened, ImportMode.GOOD_ROWS)
        assert recorded() == 2
        with services.database.reading() as unit:
            lines = unit.batches.lines(upload.id)
        assert [line.result.value for line in lines] == ["recorded", "recorded", "refused"]
        services.database.close()
