"""Prepare environments, then test in them: `scripts/test --install [VERSION ...]`."""

import os
import subprocess
import sys

from .environment import PYTHON, ROOT, VERSIONS, Environment, working_tree


def main() -> int:
    """Download what is missing, and only then run the tests."""
    versions = sys.argv[1:] or VERSIONS
    commit = working_tree()
    for version in versions:
        Environment(version).prepare(commit)
    print(f"install: testing with Home Assistant {' and '.join(versions)} ...")
    command = [PYTHON, "-m", "pytest", "tests/install", "-v", "--durations=0"]
    # One process for each version: two tests cannot share an environment at a time.
    command += [
        "-n",
        str(len(versions)),
        "--dist",
        "loadgroup",
        "-p",
        "no:cacheprovider",
    ]
    # It is made for a Home Assistant in the same process.
    command += ["-p", "no:homeassistant"]
    settings = {"INSTALL_VERSIONS": " ".join(versions), "INSTALL_COMMIT": commit}
    env = os.environ | settings
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
