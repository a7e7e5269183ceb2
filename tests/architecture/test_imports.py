"""Imports run one way, and each package knows only the libraries it is there to know (docs/architecture.md)."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "certify").rglob("*.py"))
}

# From the ground up. A module imports its own layer and those below it.
LAYERS = ("ground", "models and codecs", "ports", "services", "adapters", "bootstrap", "demo", "edges")
GROUND = {
    "errors",
    "clock",
    "content",
    "exchange",
    "files",
    "identifiers",
    "paging",
    "parts",
    "settings",
    "imports",
    "__init__",
}
CODEC_ROOMS = {"framework", "award", "credential", "pades", "sheets", "statement"}
SERVICE_ROOMS = {
    "archiving",
    "audit",
    "organisations",
    "people",
    "completions",
    "eligibility",
    "evidence",
    "certification",
    "corrections",
    "idempotency",
    "impartiality",
    "issuing",
    "jobs",
    "mail",
    "privacy",
    "publicity",
    "setup",
    "sharing",
    "signin",
    "status",
    "verification",
}
SERVICE_FILES = {
    "batch",
    "books",
    "uploads",
    "credentials",
    "documents",
    "export",
    "maker",
    "service",
    "csv_import",
    "sheet_import",
    "telling",
    "reminders",
    "rewording",
    "publisher",
    "register",
    "second_factor",
    "links",
    "provider_desk",
    "providers",
    "one_time",
    "passkeys",
    "proof",
    "throttle",
    "tokens",
    "verifier",
    "without_register",
}
"""The files of a service room that take a database or another port; its other files are models and codecs."""
ADAPTERS = {"checked", "db", "oidc", "pdf", "keyring", "sandbox", "smtp", "timestamps", "witness"}
EDGES = {"web", "cli"}
TOP_MODULES = {"ports": "ports", "bootstrap": "bootstrap", "preview": "bootstrap"}
CORE = CODEC_ROOMS | SERVICE_ROOMS

LIBRARIES: Mapping[str, frozenset[str]] = {
    "award": frozenset({"rfc8785"}),
    "cli": frozenset({"click", "granian"}),
    "credential": frozenset({"cryptography", "jsonschema", "nacl", "pyld"}),
    "db": frozenset({"alembic", "sqlalchemy"}),
    "eligibility": frozenset({"rfc8785"}),
    "framework": frozenset({"jsonschema", "rfc8785", "yaml"}),
    "keyring": frozenset({"cryptography"}),
    "mail": frozenset({"babel"}),
    "pades": frozenset({"cryptography"}),
    "parts": frozenset({"isal"}),
    "pdf": frozenset({"PIL", "fontTools", "jsonschema", "qrcode", "uharfbuzz", "yaml"}),
    "people": frozenset({"argon2"}),
    "sandbox": frozenset({"PIL", "pypdfium2", "zxingcpp"}),
    "signin": frozenset({"cryptography", "fido2", "joserfc"}),
    "statement": frozenset({"cryptography"}),
    "timestamps": frozenset({"cryptography"}),
    "sheets": frozenset({"babel", "openpyxl"}),
    "verification": frozenset({"cryptography"}),
    "witness": frozenset({"asn1crypto", "cryptography", "pyhanko", "pyhanko_certvalidator"}),
    "web": frozenset({
        "babel",
        "flask",
        "flask_limiter",
        "flask_smorest",
        "flask_wtf",
        "markupsafe",
        "marshmallow",
        "qrcode",
        "structlog",
        "werkzeug",
    }),
}  # fmt: skip
"""The third-party packages that each room may import; a room that is not here uses none."""

OF_BOTH = {"certify.cli.publishing"}
"""A command that writes as files what the web application answers."""
FORBIDDEN_IN_CORE = {"flask", "sqlalchemy", "reportlab"}
READS_ENVIRONMENT = {"certify.cli.installation", "certify.cli.server", "certify.web.wsgi"}
MOST_LINES = 400


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def layer_of(module: str) -> str:
    room, last = room_of(module), module.rpartition(".")[2]
    if room in GROUND:
        return "ground"
    if room in CODEC_ROOMS or (room in SERVICE_ROOMS and last not in SERVICE_FILES):
        return "models and codecs"
    if room in SERVICE_ROOMS:
        return "services"
    if room in ADAPTERS:
        return "adapters"
    if room in EDGES:
        return "edges"
    return TOP_MODULES.get(room, room)


def trees() -> Iterator[tuple[str, ast.Module]]:
    for module, path in MODULES.items():
        yield module, ast.parse(path.read_text("utf-8"), str(path))


def names_imported(tree: ast.Module) -> Iterator[str]:
    """Every module imported anywhere in the tree, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            # `from certify import errors` imports a module; `from certify.errors import NotFound` a name.
            yield from (name if name in MODULES else node.module for name in inside)


IMPORTS = {module: frozenset(names_imported(tree)) for module, tree in trees()}


def test_every_module_has_a_layer_of_its_own() -> None:
    unplaced = {module for module in MODULES if layer_of(module) not in LAYERS}
    rooms = {room_of(module) for module in MODULES}
    placed = GROUND | CODEC_ROOMS | SERVICE_ROOMS | ADAPTERS | EDGES | TOP_MODULES.keys() | {"demo"}

    assert not unplaced, f"no layer for {unplaced}: give them one here and in docs/architecture.md"
    assert rooms == placed, "the table names a room that is not there"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_nothing_above_itself(module: str) -> None:
    own = LAYERS.index(layer_of(module))
    above = {
        name
        for name in IMPORTS[module]
        if name.split(".")[0] == "certify" and LAYERS.index(layer_of(name)) > own
    }

    assert not above


def test_no_module_imports_itself_by_a_detour() -> None:
    own = {module: {name for name in names if name in MODULES} for module, names in IMPORTS.items()}
    # A package's own front imports from its modules; that these import each other is no cycle of theirs.
    try:
        order = tuple(TopologicalSorter(own).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join(error.args[1]))
    assert len(order) == len(MODULES)


@pytest.mark.parametrize(
    ("room", "strangers"),
    [
        ("verification", {"issuing", "keyring", "db", "pdf", "certification", "completions", "eligibility"}),
        ("db", {"pdf", "keyring", "pades"}),
        ("pdf", {"db", "keyring"}),
        ("keyring", {"db", "pdf"}),
        ("web", {"cli", "demo", "db", "pdf", "keyring"}),
        ("cli", {"web", "db", "pdf"}),
    ],
)
def test_rooms_that_must_not_know_each_other_do_not(room: str, strangers: set[str]) -> None:
    known = {
        (module, name)
        for module, names in IMPORTS.items()
        if room_of(module) == room and module not in OF_BOTH
        for name in names
        if name.startswith("certify.") and room_of(name) in strangers
    }

    assert not known


def test_only_the_composition_roots_put_adapters_together() -> None:
    """An edge may open a key store; everything else comes from a composition root."""
    together = {
        module
        for module, names in IMPORTS.items()
        if len({room_of(name) for name in names if layer_of(name) == "adapters"} - {room_of(module)}) > 1
    }

    # An installation, and one that is thrown away.
    assert together == {"certify.bootstrap", "certify.preview"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_the_libraries_of_its_room(module: str) -> None:
    allowed = LIBRARIES.get(room_of(module), frozenset())
    used = {name.split(".")[0] for name in IMPORTS[module]} - {"certify"} - sys.stdlib_module_names

    assert used <= allowed


def test_the_table_of_libraries_names_none_that_its_room_does_not_use() -> None:
    used = {room: set() for room in LIBRARIES}
    for module, names in IMPORTS.items():
        used.setdefault(room_of(module), set()).update(name.split(".")[0] for name in names)

    assert not {room: allowed - used[room] for room, allowed in LIBRARIES.items() if allowed - used[room]}


def test_the_core_knows_no_framework_and_no_drawing() -> None:
    allowed = {room: LIBRARIES.get(room, frozenset()) & FORBIDDEN_IN_CORE for room in CORE}

    assert not {room for room, found in allowed.items() if found}


def test_only_the_edges_read_the_environment() -> None:
    readers = set()
    for module, tree in trees():
        for node in ast.walk(tree):
            named = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            imported = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            # What a request came with (PEP 3333) is not the process's environment.
            of_request = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "request"
            if not of_request and {"environ", "environb", "getenv"} & {named, *imported}:
                readers.add(module)

    assert readers == READS_ENVIRONMENT


def test_nothing_is_imported_by_a_name_made_at_run_time() -> None:
    # The command line loads the module of the command that is asked for, from a table in its text.
    assert [
        module
        for module, path in MODULES.items()
        if re.search(r"\b(import_module|__import__|exec|eval)\(", path.read_text("utf-8"))
    ] == ["certify.cli.app"]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [("certify.cli", {"certify.bootstrap", "sqlalchemy"}), ("certify.cli.records", {"flask", "pyhanko"})],
)
def test_a_command_loads_none_of_what_only_others_need(module: str, unwanted: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert module in loaded.split()
    assert not unwanted & set(loaded.split())


def test_every_library_that_is_imported_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {re.split(r"[\[<>=]", item)[0].lower().replace("-", "_") for item in project["dependencies"]}
    by_other_name = {
        "argon2": "argon2_cffi",
        "nacl": "pynacl",
        "PIL": "pillow",
        "yaml": "pyyaml",
        "zxingcpp": "zxing_cpp",
    }
    # These come with the package that is asked for, whose own interface hands them out.
    carried = {"werkzeug": "flask", "markupsafe": "flask", "marshmallow": "flask_smorest"}

    for library in frozenset().union(*LIBRARIES.values()):
        package = carried.get(library, by_other_name.get(library, library)).lower()
        assert package in asked, f"{library} is imported and pyproject.toml does not ask for {package}"


def test_a_module_can_be_read_at_a_sitting() -> None:
    sizes = {
        path: len(path.read_text("utf-8").splitlines())
        for folder in ("certify", "migrations", "tools")
        for path in (ROOT / folder).rglob("*.py")
    }

    assert not {path.relative_to(ROOT): size for path, size in sizes.items() if size > MOST_LINES}
