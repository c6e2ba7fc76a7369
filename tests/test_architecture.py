"""The rules that keep the project what it is: direction of imports, light command lines, sizes, names, the file map."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.structure import by_package, circles, measure

ROOT = Path(__file__).parent.parent
HEAVY = (
    "torch",
    "ray",
    "transformers",
    "optuna",
    "plotly",
    "scipy",
    "sklearn",
    "pyarrow",
    "librosa",
    "music21",
    "numpy",
)

# Every package, lowest first: it may import those before it, and none after it. The modules beside them are either
# below all of them (`adsw/draws.py`, `adsw/errors.py`, ...) or above (`adsw/trainer.py`, `sweep/runner.py`, ...).
ADSW = ("corpus", "stats", "report", "augment", "audio", "encoders", "store", "train", "retrieval", "evaluate")
ADSW_ORDER = (*ADSW, "text_quality", "shift", "search", "doctor", "cli")
SWEEP_ORDER = (
    "space",
    "stats",
    "run",
    "cell",
    "plan",
    "search",
    "trackers",
    "live",
    "report",
    "serve",
    "on_ray",
    "cli",
)
MOST_MODULES = 25
"""In a folder: what can be taken in at a glance."""
NOT_A_SENTENCE = ("The", "A", "An", "Whether", "What", "Which", "Who", "How", "Where", "Every", "Each", "One", "None")
"""First words of docstrings that name a thing instead of saying what a function does."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def test_adsw_knows_neither_ray_nor_optuna_nor_sweep() -> None:
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in modules("adsw")
        for name in imports(path)
        if any(is_in(name, other) for other in ("ray", "optuna", "sweep"))
    }
    assert found == set()


def test_every_import_of_ray_stands_in_one_place() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in modules("sweep")
        for name in imports(path)
        if is_in(name, "ray") and not path.is_relative_to(ROOT / "sweep" / "on_ray")
    }
    assert found == set()


COLUMNS_OF_JSON = {
    "adsw/augment/captions/protocol.py",
    "adsw/cli/inspect.py",
    "adsw/evaluate/categories.py",
    "adsw/evaluate/tagging_prompts.py",
    "adsw/online.py",
    "adsw/search/pool.py",
    "adsw/shift/sample.py",
    "adsw/text_quality/measure.py",
    "adsw/text_quality/sample.py",
    "adsw/text_quality/stored.py",
    "adsw/trainer.py",
}
"""Modules that read the JSON which we wrote into columns of Parquet files, and into their metadata."""
READERS = {
    ("json", "load"): set(),
    ("json", "loads"): COLUMNS_OF_JSON,
    ("pq", "read_table"): {"adsw/parquet_file.py"},
    ("pq", "read_schema"): {"adsw/parquet_file.py"},
    ("pq", "read_metadata"): set(),
    ("pq", "ParquetFile"): {"adsw/parquet_file.py"},
    ("pq", "ParquetDataset"): set(),
    ("pyarrow", "dataset"): set(),
    ("data", "read_parquet"): set(),
    ("pd", "read_parquet"): set(),
    ("csv", "reader"): {"adsw/corpus/delimited.py", "adsw/corpus/importers/table.py"},
    ("csv", "DictReader"): set(),
    ("yaml", "load"): set(),
    ("yaml", "safe_load"): {"adsw/export.py"},  # a file of ours
}  # fmt: skip
"""Readers of the libraries, which take much in silence, and the modules that may call them."""


def test_files_are_read_in_one_place_each() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for path in (*modules("adsw"), *modules("sweep")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
                found.setdefault((owner, node.attr), set()).add(str(path.relative_to(ROOT)))
    elsewhere = {reader: found.get(reader, set()) - places for reader, places in READERS.items()}
    assert {reader: places for reader, places in elsewhere.items() if places} == {}


def test_no_read_of_parquet_makes_columns_of_folders() -> None:
    calls = [
        (path, node)
        for path in (*modules("adsw"), *modules("sweep"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read_table", "read_parquet")
    ]
    ((path, call),) = calls
    assert any(word.arg == "partitioning" for word in call.keywords), path


@pytest.mark.parametrize(("package", "order"), [("adsw", ADSW_ORDER), ("sweep", SWEEP_ORDER)])
def test_data_flows_one_way(package: str, order: tuple[str, ...]) -> None:
    folders = {path.name for path in (ROOT / package).iterdir() if (path / "__init__.py").exists()}
    assert folders == set(order)
    upwards = {
        (str(path.relative_to(ROOT)), name)
        for place, folder in enumerate(order)
        for path in modules(f"{package}/{folder}")
        for name in imports(path)
        for later in order[place + 1 :]
        if is_in(name, f"{package}.{later}")
    }
    assert upwards == set()


def test_nothing_imports_in_a_circle() -> None:
    shape = measure(ROOT)
    assert circles(shape.all) == []
    assert circles(by_package(shape.all, shape.files)) == []


def test_folders_can_be_taken_in_at_a_glance() -> None:
    folders = {path.parent for package in ("adsw", "sweep") for path in modules(package)}
    counts = {str(folder.relative_to(ROOT)): len([*folder.glob("*.py")]) - 1 for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize("command", ["adsw", "sweep"])
def test_help_loads_nothing_heavy(command: str) -> None:
    script = f"""
import sys
from {command}.cli import main
sys.argv = ["{command}", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
print("LOADED", sorted(set(sys.modules) & {set(HEAVY)!r}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.rstrip().endswith("LOADED []")
    assert "Usage" in done.stdout


@pytest.mark.parametrize(
    ("command", "commands"),
    [
        ("adsw", ["quickstart", "prepare", "augment", "inspect", "quality", "schedule", "train"]),
        ("adsw", ["evaluate", "shift", "index", "search", "export", "import", "encoders", "doctor"]),
        ("sweep", ["plan", "power", "run", "resume", "extend", "stop", "status", "report", "best", "serve"]),
    ],
)
def test_the_commands_are_there(command: str, commands: list[str]) -> None:
    import importlib

    app = importlib.import_module(f"{command}.cli.app").app
    names = {info.name or info.callback.__name__ for info in app.registered_commands}
    assert set(commands) <= names | {info.typer_instance.info.name for info in app.registered_groups}


def test_files_stay_small_and_well_named() -> None:
    sizes = {path: len(path.read_text().splitlines()) for package in ("adsw", "sweep") for path in modules(package)}
    assert {str(path) for path, lines in sizes.items() if lines > 400} == set()
    assert {p.stem for p in sizes} & {"utils", "util", "common", "helpers", "misc"} == set()


def test_every_public_thing_has_a_docstring() -> None:
    missing = []
    for path in (*modules("adsw"), *modules("sweep")):
        tree = ast.parse(path.read_text())
        if tree.body and not ast.get_docstring(tree):
            missing.append(str(path.relative_to(ROOT)))
        for node in tree.body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if named and not ast.get_docstring(node):
                missing.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert missing == []


def test_the_readme_names_its_two_commands_and_every_package() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "make quickstart" in readme
    assert "make test" in readme
    packages = [
        f"{package.name}/{part.name}/"
        for package in (ROOT / "adsw", ROOT / "sweep")
        for part in package.iterdir()
        if part.is_dir() and (part / "__init__.py").exists()
    ]
    assert [name for name in packages if name not in readme] == []


def test_docstrings_of_functions_say_what_they_do() -> None:
    found = []
    for path in (*modules("adsw"), *modules("sweep")):
        for node in ast.walk(ast.parse(path.read_text())):
            # Properties and commands are named by what they are; a command's docstring is its help.
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                words = (ast.get_docstring(node) or "").split()
                if words and words[0] in NOT_A_SENTENCE:
                    found.append(f"{path.relative_to(ROOT)}:{node.name}: {' '.join(words[:6])}")
    assert found == []
