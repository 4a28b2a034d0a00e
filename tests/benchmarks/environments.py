"""The other clients, each in an environment of its own, and other revisions of this one."""

from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "bench"
COMPONENT = Path("custom_components") / "whatsminer"
OTHERS = {"pyasic": "0.79.0", "pyasic-rs": "0.8.6"}


def python_of(program: str) -> str:
    """Return the Python that has a program; of another client it is made if need be."""
    if program not in OTHERS:
        return sys.executable
    wanted = f"{program}=={OTHERS[program]}"
    folder = CACHE / f"{program}-{OTHERS[program]}"
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    if not stamp.exists():
        uv = (sys.executable, "-m", "uv")
        options = ("--quiet", "--clear", "--python", sys.executable)
        _run(*uv, "venv", *options, str(folder))
        _run(*uv, "pip", "install", "--quiet", "--python", str(python), wanted)
        stamp.touch()
    return str(python)


def component_of(revision: str | None) -> Path:
    """Return the integration as it is here, or as it was in a revision."""
    if revision is None:
        return ROOT / COMPONENT
    commit = _run("git", "rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    folder = CACHE / commit
    if not (folder / COMPONENT).exists():
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder / "revision.tar"
        _run("git", "archive", f"--output={archive}", commit, "custom_components")
        _run("tar", "--extract", f"--file={archive}", f"--directory={folder}")
        archive.unlink()
    return folder / COMPONENT


def _run(*command: str) -> str:
    """Return what a program prints; what it complains of is shown."""
    ran = subprocess.run(
        command, cwd=ROOT, check=True, timeout=300, text=True, stdout=subprocess.PIPE
    )
    return ran.stdout
