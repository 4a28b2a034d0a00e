"""Environments that hold only Home Assistant, and the wheels that it will ask for.

Preparing downloads; after that nothing here does.
"""

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
COMPONENT = Path("custom_components") / "whatsminer"
PYTHON = sys.executable

# The oldest that HACS installs us on, and the newest there is.
FLOOR = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
NEWEST = "2026.11.0"
VERSIONS = (FLOOR, NEWEST)

_CACHE = ROOT / ".cache" / "install"
# What the tests' configuration names.
_DOMAINS = ("recorder", "whatsminer")


class Environment:
    """One version of Home Assistant."""

    def __init__(self, version: str) -> None:
        """Say where it is; nothing is made yet."""
        self.version = version
        self._folder = _CACHE / version
        self.python = self._folder / "venv" / "bin" / "python"
        self._wheels = self._folder / "wheels"
        self._packages = self._folder / "packages.txt"
        self._stamp = self._folder / "manifest.json"

    @property
    def offline(self) -> dict[str, str]:
        """Return the settings with which Home Assistant installs from the wheels only."""
        return {
            "UV_FIND_LINKS": str(self._wheels),
            "UV_NO_INDEX": "1",
            "UV_OFFLINE": "1",
            "VIRTUAL_ENV": str(self.python.parents[1]),
        }

    def prepare(self, commit: str) -> None:
        """Make it, unless it is there for what the integration requires today."""
        manifest = (ROOT / COMPONENT / "manifest.json").read_text()
        if self._stamp.exists() and self._stamp.read_text() == manifest:
            self._say("is prepared")
            return
        if not self._packages.exists():
            self._say("making an environment that holds nothing else ...")
            shutil.rmtree(self._folder, ignore_errors=True)
            venv = self.python.parents[1]
            _uv("venv", "--python", PYTHON, str(venv))
            self._install()
            self._packages.write_text(self._pip("freeze"))
        self._say("fetching what it will install ...")
        self.clean()
        self._fetch(commit)
        self._stamp.write_text(manifest)

    def clean(self) -> None:
        """Remove what Home Assistant has installed itself."""
        wanted = set(self._packages.read_text().split())
        if added := set(self._pip("freeze").split()) - wanted:
            self._pip("uninstall", *added)

    def installed(self) -> set[str]:
        """Return the names of what Home Assistant has installed itself."""
        before = set(self._packages.read_text().split())
        return {
            each.partition("==")[0]
            for each in set(self._pip("freeze").split()) - before
        }

    def _install(self) -> None:
        """Install Home Assistant, with the versions of all else that it is tested with.

        Without them it changes some at its first start, below what is loaded already.
        """
        wanted = f"homeassistant=={self.version}"
        self._pip("install", wanted)
        self._pip("install", "--constraint", str(self._constraints()), wanted)

    def _constraints(self) -> Path:
        """Return the file in which Home Assistant says what versions it wants."""
        (path,) = self._folder.rglob("homeassistant/package_constraints.txt")
        return path

    def _fetch(self, commit: str) -> None:
        """Fill the folder of wheels."""
        with TemporaryDirectory() as folder:
            copy_component(Path(folder), commit)
            program = str(Path(__file__).with_name("wanted.py"))
            requirements = _run(str(self.python), program, folder, *_DOMAINS).split(
                "\n"
            )
        shutil.rmtree(self._wheels, ignore_errors=True)
        pip = ("tool", "run", "--python", str(self.python), "pip")
        options = (
            "--wheel-dir",
            str(self._wheels),
            "--constraint",
            str(self._constraints()),
        )
        _uv(*pip, "wheel", *options, *filter(None, requirements))

    def _pip(self, command: str, *arguments: str) -> str:
        """Run one of uv's commands for packages in the environment."""
        return _uv("pip", command, "--python", str(self.python), *arguments)

    def _say(self, what: str) -> None:
        """Report progress."""
        print(f"install: Home Assistant {self.version}: {what}", flush=True)


def working_tree() -> str:
    """Return a commit of what is here, also of what is changed and not committed."""
    name = ("-c", "user.name=install", "-c", "user.email=install@example.com")
    return _run("git", *name, "stash", "create").strip() or "HEAD"


def copy_component(folder: Path, commit: str) -> None:
    """Put what HACS would copy into a configuration folder, as a release archives it."""
    (folder / COMPONENT).mkdir(parents=True)
    archive = folder / "whatsminer.zip"
    _run(
        *("git", "archive", "--format=zip", f"--output={archive}"),
        f"{commit}:{COMPONENT}",
    )
    shutil.unpack_archive(archive, folder / COMPONENT)
    archive.unlink()


def _uv(*arguments: str) -> str:
    """Run uv, which came with Home Assistant; once more when it cannot fetch."""
    return _run("scripts/again", PYTHON, "-m", "uv", *arguments)


def _run(*command: str) -> str:
    """Return what a program prints; what it complains of, only when it fails."""
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | _headers(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{ran.stderr}")
    return ran.stdout


def _headers() -> dict[str, str]:
    """Return how compilers find the headers of a Python that lies in an odd place."""
    include = Path(sys.base_prefix) / "include"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    flags = f"-I{include} -I{include / version}"
    return dict.fromkeys(("CPPFLAGS", "CFLAGS", "CXXFLAGS"), flags)
