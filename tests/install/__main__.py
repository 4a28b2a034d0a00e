"""Prepare environments, then test in them: `scripts/test --install [VERSION ...]`."""

import fcntl
import os
import socket
import struct
import subprocess
import sys

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


def main() -> int:
    """Download what is missing, and only then run the tests."""
    versions = sys.argv[1:] or VERSIONS
    commit = working_tree()
    for version in versions:
        Environment(version).prepare(commit)
    print(
        f"install: testing with Home Assistant {' and '.join(versions)} ...", flush=True
    )
    command = [
        *(PYTHON, "-m", "pytest", "tests/install", "-v", "--durations=0"),
        # One process for each version: two tests cannot share an environment at a time.
        *("-n", str(len(versions)), "--dist", "loadgroup"),
        # The plugin is made for a Home Assistant in the same process.
        *("-p", "no:homeassistant", "-p", "no:cacheprovider"),
    ]
    settings = {"INSTALL_VERSIONS": " ".join(versions), "INSTALL_COMMIT": commit}
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False)
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
