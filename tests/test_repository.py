"""What only runs at the code's host: workflows, and what a release consists of."""

from collections import defaultdict
from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
from typing import Any
from zipfile import ZipFile

from homeassistant.util.yaml import load_yaml_dict
import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
MANIFEST = ROOT / "custom_components" / "whatsminer" / "manifest.json"
VERSION = json.loads(MANIFEST.read_text())["version"]

CHANGELOG = f"""\
# Changes

## {VERSION}0

- Of a version whose number begins the same.

## {VERSION} (today)

- What is new.

### For developers

- A detail.

## 0.0.1

- What was new once.
"""


def _values(data: Any, key: str) -> Iterator[str]:
    """Yield all values of a key, however deep."""
    if isinstance(data, dict):
        if isinstance(data.get(key), str):
            yield data[key]
        data = [*data.values()]
    if isinstance(data, list):
        for each in data:
            yield from _values(each, key)


@pytest.mark.parametrize(
    "file",
    [*(ROOT / ".github").rglob("*.yml"), *(ROOT / ".github").rglob("*.yaml")],
    ids=lambda file: str(file.relative_to(ROOT / ".github")),
)
def test_yaml(file: Path) -> None:
    """Each file can be read, and says something."""
    assert load_yaml_dict(str(file))


def test_actions_are_pinned() -> None:
    """A tag can be moved to other code, a commit cannot; the version stands beside it."""
    commits = defaultdict(set)
    for file in WORKFLOWS:
        uses = list(_values(load_yaml_dict(str(file)), "uses"))
        lines = re.findall(
            r"^[ -]*uses: (\S+@[0-9a-f]{40}) # \S+$", file.read_text(), re.MULTILINE
        )
        assert lines == uses, file.name
        for action, commit in (line.split("@") for line in lines):
            commits[action].add(commit)
    assert commits
    assert all(len(each) == 1 for each in commits.values()), commits


def test_scripts_are_there() -> None:
    """What a workflow runs of the repository exists, and can be executed."""
    runs = [
        run for file in WORKFLOWS for run in _values(load_yaml_dict(str(file)), "run")
    ]
    scripts = {
        word for run in runs for word in re.findall(r"(?:scripts|\.ci)/\w+", run)
    }
    assert {".ci/run", "scripts/release", "scripts/setup"} <= scripts
    for script in scripts:
        assert os.access(ROOT / script, os.X_OK), script


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with the integration as it is here, and a changelog."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "release", tmp_path / "scripts")
    shutil.copytree(
        ROOT / "custom_components",
        tmp_path / "custom_components",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    for command in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["commit", "--quiet", "--no-verify", "--message=Release"],
    ):
        subprocess.run(
            [
                "git",
                "-c",
                "user.name=Test",
                "-c",
                "user.email=test@example.com",
                *command,
            ],
            cwd=tmp_path,
            check=True,
            env=_environment(),
        )
    return tmp_path


def _environment() -> dict[str, str]:
    """Return an environment without settings of git, neither the user's nor a hook's."""
    kept = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def _release(repository: Path, tag: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a repository."""
    return subprocess.run(
        [repository / "scripts" / "release", tag],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
    )


def test_release(repository: Path) -> None:
    """The right tag makes an archive of the integration, and this version's notes."""
    ran = _release(repository, f"v{VERSION}")
    assert ran.returncode == 0, ran.stderr
    out = repository / ".cache" / "release"
    notes = (out / "notes.md").read_text()
    assert notes.split("\n\n") == [
        "\n- What is new.",
        "### For developers",
        "- A detail.",
        "",
    ]
    archive = ZipFile(out / "whatsminer.zip")
    assert archive.testzip() is None
    assert json.loads(archive.read("manifest.json"))["version"] == VERSION
    assert {"__init__.py", "client/miner.py", "translations/en.json"} <= set(
        archive.namelist()
    )


def test_release_with_wrong_tag(repository: Path) -> None:
    """A tag that is not the manifest's version makes nothing."""
    for tag in ("v99.0.0", VERSION, f"v{VERSION}0"):
        ran = _release(repository, tag)
        assert ran.returncode != 0
        assert f"the tag is {tag}, the manifest says {VERSION}" in ran.stderr
    assert not (repository / ".cache").exists()


@pytest.mark.parametrize(
    "text", ["# Changes\n", f"# Changes\n\n## {VERSION}\n\n## 0.0.1\n\n- Old.\n"]
)
def test_release_without_notes(repository: Path, text: str) -> None:
    """A version about which the changelog says nothing is not released."""
    (repository / "CHANGELOG.md").write_text(text)
    ran = _release(repository, f"v{VERSION}")
    assert ran.returncode != 0
    assert f"CHANGELOG.md has nothing about {VERSION}" in ran.stderr
    assert not list((repository / ".cache" / "release").glob("*.zip"))
