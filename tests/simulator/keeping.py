"""What a pretend miner is, kept in a file over a restart of the program."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from pickle import dumps, loads

from .clock import ScaledClock
from .miner import SimulatedMiner


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What a miner is when the program ends."""

    clock: ScaledClock
    now: float
    machine: dict[str, object]
    admin: tuple[str, str]
    """Password and salt of API v2."""
    passwords: dict[str, str]
    permissions: dict[str, set[str]]
    salt: str
    api_switch: bool
    default_password: bool


def keep(miner: SimulatedMiner, path: Path) -> None:
    """Write what a miner is."""
    device, clock = miner.device, miner.clock
    assert isinstance(clock, ScaledClock)
    device.machine.advance()
    machine = vars(device.machine)
    kept = _Kept(
        clock=clock,
        now=clock.now(),
        machine={name: machine[name] for name in machine if name != "clock"},
        admin=(device.tokens.password, device.tokens.salt),
        passwords=device.users.passwords,
        permissions=device.users.permissions,
        salt=device.users.salt,
        api_switch=device.api_switch,
        default_password=device.default_password,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_maker(miner) + dumps(kept))


def go_on(miner: SimulatedMiner, path: Path) -> bool:
    """Make a miner what it was; return False if nothing of the same program is kept."""
    written = path.read_bytes() if path.exists() else b""
    maker = _maker(miner)
    if not written.startswith(maker):
        return False
    kept: _Kept = loads(written.removeprefix(maker))
    device, clock = miner.device, miner.clock
    assert isinstance(clock, ScaledClock)
    clock.go_on(kept.clock, kept.now)
    vars(device.machine).update(kept.machine)
    device.tokens.set_password(*kept.admin)
    device.users.passwords = kept.passwords
    device.users.permissions = kept.permissions
    device.users.salt = kept.salt
    device.api_switch = kept.api_switch
    device.default_password = kept.default_password
    return True


def _maker(miner: SimulatedMiner) -> bytes:
    """Return what a file begins with, for this program and this kind of miner.

    Another version of the program may not understand what was kept.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    kind = f"{miner.api} {miner.machine.profile.miner_type}".encode()
    return sha256(kind + b"".join(each.read_bytes() for each in sources)).digest()
