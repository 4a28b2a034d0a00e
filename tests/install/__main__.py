"""Prepare environments, then test in them."""

import argparse
import fcntl
import os
import re
import socket
import struct
import subprocess
import sys

import pytest

from .environment import PYTHON, ROOT, VERSIONS, Environment, working_tree

# From linux/sockios.h and linux/if.h.
_SET_FLAGS, _UP = 0x8914, 1


def only_loopback() -> bool:
    """Give this process a network with nothing but loopback, if it may have one."""
    try:
        os.unshare(os.CLONE_NEWNET)
    except OSError:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", _UP))
    return True


def _version(text: str) -> str:
    """Return a version of Home Assistant from the command line."""
    if not re.fullmatch(r"20\d\d\.\d{1,2}\.\d+(b\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text} is no version such as {VERSIONS[0]}")
    return text


def main() -> int:
    """Download what is missing, and only then run the tests."""
    parser = argparse.ArgumentParser("scripts/test --install", description=__doc__)
    parser.add_argument(
        "versions", nargs="*", type=_version, default=VERSIONS, metavar="VERSION"
    )
    versions = parser.parse_args().versions
    commit = working_tree()
    for version in versions:
        Environment(version).prepare(commit)
    where = "with loopback only" if only_loopback() else "in this machine's network"
    which = " and ".join(versions)
    print(f"install: testing with Home Assistant {which}, {where} ...", flush=True)
    command = [
        *(PYTHON, "-m", "pytest", "tests/install", "-v", "--durations=0"),
        # One process for each version: two tests cannot share an environment at a time.
        *("-n", str(len(versions)), "--dist", "loadgroup"),
        # The plugin is made for a Home Assistant in the same process.
        *("-p", "no:homeassistant", "-p", "no:cacheprovider"),
        *("--timeout", "1800"),
    ]
    settings = {"INSTALL_VERSIONS": " ".join(versions), "INSTALL_COMMIT": commit}

    def test() -> int:
        ran = subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False)
        return ran.returncode

    # Once more, for the reason that scripts/test gives.
    if (code := test()) == pytest.ExitCode.TESTS_FAILED:
        print("install: a test failed, see above; all run once more", flush=True)
        if (code := test()) == 0:
            print("install: UNSTEADY: a test passed only the second time", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
