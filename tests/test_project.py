"""The project's files agree with one another."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 600
PURE = {"participation", "holidays", "yaml"}


@cache
def files() -> tuple[Path, ...]:
    """Return every file that git tracks, or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip(f"not a git checkout: {listed.stderr.strip()}")
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def text_of(path: Path) -> str | None:
    """Return the text of a file, or None for a binary file."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def publiccode() -> dict:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))


# Brackets keep these patterns from matching themselves.
@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param(r"(?:^|[\s\"'=(:])/(?:work|root|home|Users)/[a-z]", id="a folder of somebody's machine"),
        pytest.param(r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)", id="a public registry"),
        pytest.param(r"deb[.]debian[.]org|archive[.]ubuntu[.]com", id="a package mirror"),
        pytest.param(r"--(?:extra-)?index[-]url|\"resolved\": *\"http", id="where a package was fetched"),
    ],
)
def test_no_file_contains_a_local_path(elsewhere):
    pattern = re.compile(elsewhere, re.MULTILINE)
    found = [
        f"{name_of(path)}: {match.group().strip()}"
        for path in files()
        if (text := text_of(path)) and (match := pattern.search(text))
    ]
    assert not found


def test_no_source_file_exceeds_the_maximum_length():
    sources = [path for path in files() if path.suffix in {".py", ".html"} and "migrations" not in path.parts]
    lengths = {name_of(path): len((text_of(path) or "").splitlines()) for path in sources}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_compliance_imports_only_the_standard_library_and_two_packages():
    allowed = PURE | sys.stdlib_module_names
    strangers = {
        f"{name_of(path)}: {module}"
        for path in (ROOT / "participation" / "compliance").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for module in imported(node)
        if module.partition(".")[0] not in allowed
    }
    assert not strangers


def imported(node: ast.AST) -> list[str]:
    """Return the modules of an import statement; none for a relative import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    return []


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_requirement_is_pinned_to_one_version_with_hashes(name):
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    requirements = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    assert requirements
    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_declared_dependency_is_in_the_lock_file(name):
    required = re.findall(r"^[A-Za-z][\w.-]*", (ROOT / "requirements" / f"{name}.in").read_text(), re.MULTILINE)
    locked = re.findall(r"^[a-z][\w.-]*(?===)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE)

    assert required
    assert {re.sub(r"[-_.]+", "-", package).lower() for package in required} <= set(locked)


def test_development_and_production_use_the_same_versions():
    def versions(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        return set(re.findall(r"^\S+==\S+", text, re.MULTILINE))

    assert versions("base") < versions("dev")


def test_publiccode_yml_has_the_required_keys():
    required = {
        "publiccodeYmlVersion",
        "name",
        "url",
        "platforms",
        "developmentStatus",
        "softwareType",
        "description",
        "legal",
        "maintenance",
        "localisation",
    }
    assert required <= publiccode().keys()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_publiccode_yml_respects_the_length_limits(language):
    description = publiccode()["description"][language]

    assert len(description["genericName"]) <= 35
    assert len(description["shortDescription"]) <= 150
    assert 150 <= len(description["longDescription"]) <= 10_000
    assert [feature for feature in description["features"] if len(feature) > 100] == []


def test_every_file_has_the_same_version(settings):
    version = pyproject()["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert version == publiccode()["softwareVersion"]
    assert version == settings.CODE_VERSION
    assert version == re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0]


def test_every_file_has_the_same_licence_but_mended_templates_of_django():
    licence = pyproject()["project"]["license"]
    reuse = tomllib.loads((ROOT / "REUSE.toml").read_text(encoding="utf-8"))

    assert publiccode()["legal"]["license"] == licence
    by_path = {str(entry["path"]): entry["SPDX-License-Identifier"] for entry in reuse["annotations"]}
    assert by_path.pop("**") == licence
    assert [path for path, other in by_path.items() if other != "BSD-3-Clause" or "templates/admin/" not in path] == []
    assert (ROOT / "LICENSES" / f"{licence}.txt").is_file()


def test_the_licence_is_the_complete_eupl_text():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert licence == (ROOT / "LICENSES" / "EUPL-1.2.txt").read_text(encoding="utf-8")
    assert licence.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert re.findall(r"^(\d+)\.", licence, re.MULTILINE) == [str(article) for article in range(1, 16)]
    assert "Appendix" in licence


@pytest.mark.parametrize(
    ("name", "options"),
    [
        (".github/workflows/test.yml", ["vendor.github-workflows"]),
        (".gitlab-ci.yml", ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_each_ci_platform_runs_make_test(name, options):
    path = ROOT / name
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert re.findall(r"^ +- (?:run: )?(make .*)$", path.read_text(encoding="utf-8"), re.MULTILINE) == ["make test"]


def test_the_pre_commit_hook_runs_the_lint_commands():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]

    before = [hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude") for hook in hooks]
    assert before == [line.removesuffix(" .") for line in re.findall(r"@\$\(BIN\)/(.+)", lint)]
