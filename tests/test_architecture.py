"""The rules of the house, read from the syntax trees: each rule is proven to be able to fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "triage"

# Lower numbers may not import higher ones; rooms of one number may not import each other unless they are one room.
RANKS: dict[str, int] = {
    "errors": 0,
    "core": 1,
    "events": 2,
    "failpoints": 2,
    "matching": 3,
    "screening": 3,
    "policy": 4,
    "forms": 4,
    "mailbox": 4,
    "letters": 4,
    "store": 4,
    "settings": 5,
    "config": 6,
    "judgement": 6,
    "reasons": 6,
    "recording": 7,
    "evidence": 7,
    "bookmark": 8,
    "intake_forms": 8,
    "marking": 8,
    "intake": 9,
    "delivery": 9,
    "followup": 9,
    "review": 9,
    "upkeep": 9,
    "offline": 9,
    "selftest": 9,
    "app": 10,
    "clockwork": 10,
    "holder": 10,
    "daemon": 11,
    "demo": 12,
    "commands": 13,
    "cli": 14,
    "__main__": 15,
    "__init__": 0,
}
PURE = ("core", "matching", "screening", "policy")
IMPURE_MODULES = frozenset(
    {
        *("asyncio", "http", "imapclient", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "smtplib"),
        *("socket", "sqlalchemy", "sqlite3", "ssl", "structlog", "subprocess", "tempfile", "threading", "time"),
        *("urllib", "uuid"),
    }
)
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "time", "monotonic", "perf_counter", "open", "uuid4", "read_text"})
ONLY_IN = {"imapclient": "triage/mailbox/imap_client.py", "apscheduler": "triage/clockwork.py"}
ADAPTERS = ("ImapMailbox", "SmtpSender", "LetterLibrary", "Watcher")
LONGEST_FILE = 300
LONGEST_FUNCTION = 40


def modules(package: Path = PACKAGE) -> Iterator[tuple[str, ast.Module, int]]:
    """Each module's path from the repository, its tree and its number of lines."""
    for path in sorted(package.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        yield path.relative_to(package.parent).as_posix(), ast.parse(source), source.count("\n")


def room(name: str) -> str:
    """The room of a path ("triage/core/email.py") or a dotted name ("triage.core.email")."""
    parts = name.removesuffix(".py").replace("/", ".").split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each imported module's dotted name and line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{item.name}" for item in node.names] if node.module == "triage" else [node.module]
            yield from ((name, node.lineno) for name in names)
        elif isinstance(node, ast.Import):
            yield from ((item.name, node.lineno) for item in node.names)


def direction_faults(path: str, tree: ast.Module) -> list[str]:
    """Imports that point upward, or sideways between two rooms of one rank."""
    here = room(path)
    faults = []
    for name, line in imports(tree):
        if name.split(".")[0] != "triage" or room(name) == here:
            continue
        if here not in RANKS or room(name) not in RANKS:
            faults.append(f"{path}:{line} {name}: a room without a rank")
        elif RANKS[room(name)] >= RANKS[here] and room(name) != "__init__":
            faults.append(f"{path}:{line} {here} imports {room(name)}")
    return faults


def type_checking_faults(path: str, tree: ast.Module) -> list[str]:
    """Imports of our own modules that hide a cycle behind TYPE_CHECKING."""
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    return [f"{path}:{line} {name}" for block in blocks for name, line in imports(block) if name.startswith("triage")]


def purity_faults(path: str, tree: ast.Module) -> list[str]:
    """I/O, clocks, environment or randomness in a pure room."""
    if room(path) not in PURE:
        return []
    faults = [
        f"{path}:{line} imports {name}"
        for name, line in imports(tree)
        if name.split(".")[0] in IMPURE_MODULES and name != "urllib.parse"
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in IMPURE_CALLS:
                faults.append(f"{path}:{node.lineno} calls {called}()")
    return faults


def length_faults(path: str, tree: ast.Module, lines: int) -> list[str]:
    """Files and functions that grew past a page or two."""
    faults = [f"{path} has {lines} lines"] if lines > LONGEST_FILE else []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                faults.append(f"{path}:{node.lineno} {node.name} has {length} lines")
    return faults


def adapter_faults(path: str, tree: ast.Module) -> list[str]:
    """Adapters built outside the composition root."""
    if path == "triage/app.py":
        return []
    return [
        f"{path}:{node.lineno} builds {node.func.id}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ADAPTERS
    ]


def wrapper_faults(path: str, tree: ast.Module) -> list[str]:
    """Untyped libraries imported outside their one wrapper."""
    return [
        f"{path}:{line} imports {name}" for name, line in imports(tree) if ONLY_IN.get(name.split(".")[0], path) != path
    ]


def docstring_faults(path: str, tree: ast.Module) -> list[str]:
    """Modules without a docstring."""
    return [] if ast.get_docstring(tree) else [path]


def test_imports_point_downward_only() -> None:
    """No room imports a room above it or beside it."""
    assert [fault for path, tree, _ in modules() for fault in direction_faults(path, tree)] == []


def test_no_cycle_hides_behind_type_checking() -> None:
    """Our own modules are never imported for their types only."""
    assert [fault for path, tree, _ in modules() for fault in type_checking_faults(path, tree)] == []


def test_pure_rooms_do_no_io_and_read_no_clock() -> None:
    """Policy, core, matching and screening depend on their arguments alone."""
    assert [fault for path, tree, _ in modules() for fault in purity_faults(path, tree)] == []


def test_only_the_composition_root_builds_adapters() -> None:
    """Adapters are made in app.py and handed down."""
    assert [fault for path, tree, _ in modules() for fault in adapter_faults(path, tree)] == []


def test_files_and_functions_fit_on_a_page_or_two() -> None:
    """No file over 300 lines, no function over 40."""
    assert [fault for path, tree, lines in modules() for fault in length_faults(path, tree, lines)] == []


def test_untyped_libraries_stay_in_their_wrapper() -> None:
    """imapclient and APScheduler are imported by one module each."""
    assert [fault for path, tree, _ in modules() for fault in wrapper_faults(path, tree)] == []


def test_every_module_says_what_it_does() -> None:
    """Each module of the package and of the tests begins with a docstring."""
    both = [*modules(), *modules(ROOT / "tests")]
    assert [fault for path, tree, _ in both for fault in docstring_faults(path, tree)] == []


def test_every_test_says_what_it_proves() -> None:
    """Each test function has a docstring of one sentence."""
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree, _ in modules(ROOT / "tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        if "\n\n" in (ast.get_docstring(node) or "\n\n")
    ]
    assert silent == []


def test_no_catch_all_module() -> None:
    """No module is a drawer for everything."""
    drawers = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert [path for path, _, _ in modules() if path.rpartition("/")[2] in drawers] == []


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (direction_faults, "triage/core/bad.py", "from triage.store import Store"),
        (direction_faults, "triage/intake.py", "from triage.delivery import Delivery"),
        (direction_faults, "triage/forms/bad.py", "from triage.mailbox.imap import ImapMailbox"),
        (direction_faults, "triage/core/bad.py", "from triage import store"),
        (direction_faults, "triage/unheard.py", "from triage.core import email"),
        (type_checking_faults, "triage/core/bad.py", "if TYPE_CHECKING:\n    from triage.store import Store"),
        (purity_faults, "triage/policy.py", "import os"),
        (purity_faults, "triage/core/bad.py", "from datetime import datetime\nx = datetime.now()"),
        (purity_faults, "triage/matching/bad.py", "x = open('names.txt')"),
        (purity_faults, "triage/screening/bad.py", "from time import monotonic"),
        (adapter_faults, "triage/daemon.py", "mailbox = ImapMailbox(account)"),
        (wrapper_faults, "triage/daemon.py", "import apscheduler.schedulers"),
        (docstring_faults, "triage/bad.py", "x = 1"),
    ],
)
def test_a_planted_violation_is_found(rule: object, path: str, source: str) -> None:
    """Every rule can fail."""
    assert callable(rule)
    assert rule(path, ast.parse(source))


def test_a_planted_giant_is_found() -> None:
    """The length rule sees both a long file and a long function."""
    long_function = "def f():\n" + "    x = 1\n" * 50
    assert length_faults("triage/bad.py", ast.parse(long_function), 51) == ["triage/bad.py:1 f has 51 lines"]
    assert length_faults("triage/bad.py", ast.parse("x = 1"), 301) == ["triage/bad.py has 301 lines"]
