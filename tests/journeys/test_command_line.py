"""The whole main path by the ``certify`` command alone, as an operator without a browser would go it."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

CERTIFY = Path(sys.executable).with_name("certify")
SCHEME = Path(__file__).parents[2] / "certify" / "framework" / "schemes" / "skills4cities.yaml"
DEMO = Path(__file__).parents[2] / "certify" / "demo"
ROLE = "smart-city-project-developer"


@dataclass(frozen=True)
class Shell:
    """An operator's shell in a folder of its own."""

    folder: Path

    def run(self, *words: str | Path, status: int = 0, typed: str = "") -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
        done = subprocess.run(
            [CERTIFY, *words],
            cwd=self.folder,
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == status, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: str | Path, status: int = 0):
        return json.loads(self.run(*words, "--json", status=status).stdout)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """An installation set up by commands, with the demonstration's people and records."""
    shell = Shell(tmp_path_factory.mktemp("operator"))
    shell.run("db", "migrate")
    shell.run("keys", "init", "--organisation", "A body", "--country", "BG")
    shell.run("framework", "load", SCHEME)
    for name, role in (
        ("registrar@demo.example", "administrator"),
        ("trainer.sofia@demo.example", "trainer"),
        ("trainer.europe@demo.example", "trainer"),
        ("certifier@demo.example", "certifier"),
    ):
        shell.run(
            "users", "add", name, "--name", "Somebody Here", "--role", role, "--password-file", "-",
            typed="correct horse battery\n",
        )  # fmt: skip
    for code, trainer in (
        ("SOF-2026-A", "trainer.sofia@demo.example"),
        ("EUR-2026-B", "trainer.europe@demo.example"),
    ):
        shell.run(
            "cohorts", "open", code, "--title", code, "--starts-on", "2026-04-01",
            "--trainer", trainer, "--as", "registrar@demo.example",
        )  # fmt: skip
    shell.run("candidates", "import", DEMO / "candidates.csv", "--as", "registrar@demo.example")
    shell.run("completions", "import", DEMO / "completions.csv", "--as", "registrar@demo.example")
    return shell


def test_from_records_to_a_certificate_that_is_verified_suspended_and_revoked(shell):
    standings = shell.json("eligibility", "--role", ROLE)
    assert {"A-01", "A-02"} <= {item["reference"] for item in standings if item["eligible"]}
    decided = shell.json(
        *("decide", "A-01", "--role", ROLE, "--outcome", "granted"),
        *("--no-conflict", "--as", "certifier@demo.example"),
    )
    (shell.folder / "letter.txt").touch()
    refused = shell.run("issue", decided["decision"], "--into", "letter.txt/issued", status=1)
    assert "letter.txt/issued: cannot be written to" in refused.stderr
    with closing(sqlite3.connect(shell.folder / "var" / "certify.db")) as register:
        assert register.execute("SELECT count(*) FROM certificate").fetchone() == (0,)
    first = shell.json("issue", decided["decision"], "--into", "issued")
    again = shell.json("issue", decided["decision"])
    assert [item["id"] for item in first] == [item["id"] for item in again]
    other = shell.run("issue", decided["decision"], "--language", "bg")
    assert first[0]["number"] in other.stdout
    assert "has the language 'en', not 'bg'" in other.stderr
    (certificate,) = first
    (file,) = (shell.folder / "issued").glob("*.pdf")

    for subject in (file, certificate["id"], certificate["number"], certificate["verification_url"]):
        report = shell.json("verify", subject)
        assert report["verdict"] == "PASSED"
        assert report["award"]["specimen"] is True
    # A picture of it proves the record, not the paper.
    subprocess.run(
        ["pdftoppm", "-png", "-r", "150", "-f", "1", "-l", "1", "-singlefile", file, shell.folder / "photo"],
        check=True,
    )
    picture = shell.json("verify", "photo.png", status=1)
    assert picture["inspection"]["certificate_id"] == certificate["id"]
    assert picture["record"]["verdict"] == "PASSED"
    assert certificate["id"] in shell.run("verify", "photo.png", status=1).stdout
    # Without the register nobody can tell whether it stands.
    elsewhere = Shell(shell.folder / "issued")
    alone = elsewhere.run(
        "verify", file.name, "--authority", shell.folder / "var/keys/authority.pem", status=3
    )
    assert "SPECIMEN" in alone.stdout or "Could not tell" in alone.stdout

    by = ("--as", "certifier@demo.example")
    shell.run("status", "suspend", certificate["number"], "--reason", "under_investigation", *by)
    shell.run("verify", file, status=1)
    shell.run("status", "reinstate", certificate["id"], "--reason", "investigation_closed", *by)
    shell.run("verify", file)
    shell.run("status", "revoke", certificate["id"], "--reason", "misconduct", *by)
    shell.run("verify", certificate["id"], status=1)
    refused = shell.run("status", "reinstate", certificate["id"], "--reason", "condition_met", *by, status=1)
    assert "certify:" in refused.stderr
    steps = shell.json("status", "show", certificate["id"])
    assert [step["action"] for step in steps["events"]] == ["suspend", "reinstate", "revoke"]


def test_what_is_forbidden_is_refused_with_a_reason(shell):
    own = shell.run(
        "decide",
        "A-02",
        "--role",
        ROLE,
        "--outcome",
        "granted",
        "--as",
        "trainer.sofia@demo.example",
        status=1,
    )
    assert "certify:" in own.stderr
    short = shell.run(
        "decide", "A-06", "--role", ROLE, "--outcome", "granted", "--as", "certifier@demo.example", status=1
    )
    assert "URB-2" in short.stderr
    why = shell.run("eligibility", "--role", ROLE, "--candidate", "A-06")
    assert "URB-2" in why.stdout
    shell.run(
        "decide", "A-06", "--role", ROLE, "--outcome", "maybe", "--as", "certifier@demo.example", status=2
    )
    shell.run(
        "decide", "NOBODY", "--role", ROLE, "--outcome", "granted", "--as", "certifier@demo.example", status=1
    )
    # Whatever waits would have got the usual language, for good.
    assert "DECISIONs" in shell.run("issue", "--language", "bg", status=2).stderr


def test_a_waiting_correction_says_whose_certificate_it_is_about(shell):
    shell.run(
        "corrections", "name", "A-02", "--native", "Борислав Стоянов-Илиев", "--latin", "Borislav Stoyanov-Iliev",
        "--reason", "Married", "--evidence", "Passport seen", "--as", "registrar@demo.example",
    )  # fmt: skip
    (asked,) = shell.json("corrections", "list")
    heading, row = shell.run("corrections", "list").stdout.splitlines()
    assert heading.split()[:3] == ["correction", "candidate", "ground"]
    assert row.split()[:3] == [asked["id"], "A-02", "name"]


def test_a_correction_without_grounds_is_told_which_option_lacks_them(shell):
    name = (
        "corrections", "name", "A-03", "--native", "Цветелина Илиева", "--latin", "Tsvetelina Ilieva",
        "--as", "registrar@demo.example",
    )  # fmt: skip
    told = shell.run(*name, "--reason", " ", "--evidence", "Passport seen", status=2).stderr
    assert "'--reason': it is empty: say what is wrong, or has changed." in told
    told = shell.run(*name, "--reason", "Married", "--evidence", "", status=2).stderr
    assert "'--evidence': it is empty: say what was shown, when and to whom." in told
    assert "Missing option '--evidence'" in shell.run(*name, "--reason", "Married", status=2).stderr
    refuse = ("corrections", "refuse", "A" * 26, "--reason", "", "--as", "certifier@demo.example")
    assert (
        "'--reason': it is empty: say why; the person who asked reads it."
        in shell.run(*refuse, status=2).stderr
    )
    # What corrected records are the evidence of needs no other.
    record = (
        "corrections",
        "record",
        "A" * 26,
        "--reason",
        "Hours",
        "--evidence",
        "",
        "--as",
        "certifier@demo.example",
    )
    assert "--evidence" not in shell.run(*record, status=1).stderr


def test_an_import_names_each_bad_row_and_keeps_each_good_one(shell):
    digest = "ab" * 32
    rows = [
        "candidate,module,version,completed_on,outcome,workload_hours,evidence_sha256,trainer",
        f"A-06,city-as-a-system,2,2026-10-01,passed,,{digest},trainer.sofia@demo.example",
        "A-06,city-as-a-system,2,31.13.2026,passed,,,trainer.sofia@demo.example",
        "A-06,no-such-module,2,2026-10-01,passed,,,trainer.sofia@demo.example",
        "A-06,city-as-a-system,2,2099-10-01,passed,,,trainer.sofia@demo.example",
        "=cmd|'/c calc'!A1,city-as-a-system,2,2026-10-01,passed,,,trainer.sofia@demo.example",
        "A-06,city-as-a-system,2",
        f"A-06,city-as-a-system,2,2026-10-01,passed,,{'x' * 1_000_000},trainer.sofia@demo.example",
        f"A-06,city-as-a-system,2,2026-10-01,passed,,{digest},trainer.sofia@demo.example",
        "A-06,impact-over-the-life-cycle,1,2026-10-02,passed,12.5,,trainer.sofia@demo.example",
    ]
    (shell.folder / "rows.csv").write_text("\n".join(rows))

    done = shell.run(
        "completions", "import", "rows.csv", "--as", "registrar@demo.example", "--json", status=1
    )
    report = json.loads(done.stdout)

    told = {row["line"]: (row["result"], row["reason"]) for row in report["rows"]}
    assert [told[line][0] for line in range(2, 11)] == [
        "recorded", "refused", "refused", "refused", "refused", "refused", "refused", "already recorded", "recorded",
    ]  # fmt: skip
    assert "2026-03-31" in told[3][1]
    assert "no-such-module" in told[4][1]
    assert "future" in told[5][1] or "ahead" in told[5][1] or "later" in told[5][1]
    assert "field" in told[8][1]
    mended = [rows[0].replace("candidate", "candidate_reference").replace("module,", "module_id,"), *rows[3:]]
    (shell.folder / "rows.csv").write_text("\n".join(mended).replace("version", "module_version", 1))
    # As docs/api.md writes a heading; nothing of it is kept, and so nothing of it is said to be.
    for mode in ("all-or-nothing", "dry-run"):
        command = ("completions", "import", "rows.csv", "--as", "registrar@demo.example", "--mode", mode)
        tried = shell.run(*command, status=1).stdout
        assert "0 would be recorded, 2 already recorded, 5 refused." in tried
        assert "Nothing was recorded." in tried
        assert json.loads(shell.run(*command, "--json", status=1).stdout)["kept"] is False

    for name, data in (
        ("missing.csv", b"candidate,module\nA-06,x\n"),
        ("latin1.csv", "candidate,module,version,completed_on,outcome\nA-06,Größe,1,2026-01-01,passed\n".encode("latin-1")),
        ("empty.csv", b""),
        ("sheet.csv", b"PK\x03\x04\x00\x00"),
    ):  # fmt: skip
        (shell.folder / name).write_bytes(data)
        refused = shell.run("completions", "import", name, "--as", "registrar@demo.example", status=1)
        assert refused.stderr.startswith("certify: ")


def test_a_file_that_is_no_certificate_is_answered_at_once_whatever_it_is(shell):
    large = shell.folder / "large.pdf"
    with large.open("wb") as stream:
        stream.write(b"%PDF-1.7\n")
        stream.truncate(500_000_000)
    told = shell.run("verify", large, status=1)
    assert "20" in told.stderr
    large.unlink()
    for name, data in (
        ("a.pdf", b""),
        ("b.pdf", b"hello"),
        ("c.pdf", b"%PDF-1.7\n%%EOF\n"),
        ("d.pdf", os.urandom(9_000)),
    ):
        (shell.folder / name).write_bytes(data)
        shell.run("verify", name, status=1)
    for nothing in ("no-such-file.pdf", "A" * 25, "S4C-2026-AAAAA-AAAAA-B"):
        shell.run("verify", nothing, status=2)
    unknown = shell.run("verify", "A" * 26, status=1)
    assert "certify:" in unknown.stderr
    shell.run("verify", status=2)


def test_the_doctor_names_what_is_no_setting_even_where_there_is_no_database(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    environment |= {"CERTIFY_DATABASE_ULR": "sqlite:////srv/certify.db", "CERTIFY_X": ""}
    told = subprocess.run(
        [CERTIFY, "doctor"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    first, second, third = told.stdout.splitlines()
    assert first.startswith("odd    CERTIFY_DATABASE_ULR: ")
    assert first.endswith("did you mean CERTIFY_DATABASE_URL?")
    assert second == "odd    CERTIFY_X: is no setting, so nothing reads it"
    assert third.startswith("wrong  the settings and the database: ")
    assert "certify db migrate" in third
    assert (told.returncode, told.stderr) == (1, "")


def test_a_command_without_an_installation_says_what_to_run(tmp_path):
    bare = Shell(tmp_path)
    assert "certify db migrate" in bare.run("users", "list", status=1).stderr
    assert "certify keys init" in bare.run("keys", "list", status=1).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_worker_of_its_own_does_what_waits_and_says_how_much(shell):
    assert shell.run("jobs", "run").stdout == "Jobs done: 0.\n"
    assert shell.json("jobs", "list") == []


def test_a_server_that_cannot_listen_says_so_before_anything_is_done(tmp_path):
    bare = Shell(tmp_path)
    with socket.socket() as other:
        # As a server of this kind listens: another one could share its port.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        taken = bare.run("serve", "--port", port, status=1)
    assert taken.stderr.startswith(f"certify: 127.0.0.1 port {port}: cannot be listened on: ")
    assert "--port" in taken.stderr
    foreign = bare.run("serve", "--host", "203.0.113.9", status=1)
    assert "203.0.113.9" in foreign.stderr
    assert "127.0.0.1" in bare.run("serve", "--host", "a.name.example", status=2).stderr
    assert taken.stdout == foreign.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_server_warns_in_one_line_of_what_is_no_setting_and_never_says_its_value(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    environment |= {
        "CERTIFY_KEY_PASSPHRASE_FLIE": "/a-secret",
        "CERTIFY_X": "a-secret",
        "CERTIFY_ACTOR": "a@b.example",
    }
    with socket.socket() as other:
        # It ends at once, since somebody listens there already.
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        told = subprocess.run(
            [CERTIFY, "serve", "--port", port],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    warning, refusal = told.stderr.splitlines()
    assert warning == (
        "certify: no settings, so nothing reads them: "
        "CERTIFY_KEY_PASSPHRASE_FLIE (did you mean CERTIFY_KEY_PASSPHRASE_FILE?), CERTIFY_X"
    )
    assert "cannot be listened on" in refusal
    assert "secret" not in told.stdout + told.stderr


def test_a_database_that_is_made_on_the_way_is_said(tmp_path):
    """Whoever forgot the settings sees that this is not the installation that was meant."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}

    def setup():
        return subprocess.run(
            [CERTIFY, "setup"], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True, timeout=120
        ).stdout  # fmt: skip

    made = "Made a new, empty database: sqlite:///var/certify.db (CERTIFY_DATABASE_URL)."
    assert setup().splitlines()[0] == made
    assert made not in setup()


def test_a_database_that_cannot_be_used_is_named_with_the_reason_and_what_to_do(tmp_path):
    bare = Shell(tmp_path)
    (tmp_path / "var").mkdir()
    database = tmp_path / "var/certify.db"
    database.write_bytes(b"This is a text, and no database at all. " * 50)
    for command in (("db", "check"), ("db", "migrate"), ("users", "list"), ("serve",)):
        told = bare.run(*command, status=1).stderr
        assert "sqlite:///var/certify.db: The database does not answer as it should: file is not a" in told
        assert "CERTIFY_DATABASE_URL" in told
        assert told.count("\n") == 1
    database.write_bytes(b"")
    assert "certify db migrate" in bare.run("db", "check", status=1).stderr
    bare.run("db", "migrate")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (("db", "check"), ("db", "migrate"), ("serve",)):
        assert "newer version of certify. (start that version" in bare.run(*command, status=1).stderr
