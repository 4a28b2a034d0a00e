"""What can be made to go wrong."""

from dataclasses import dataclass, field
from math import inf
from typing import Literal

from .clock import Clock

MiningDown = Literal["zeros", "empty", "error"]
Silence = Literal["close", "hang"]

_MINING_DOWN: dict[str, MiningDown] = {
    "zeros": "zeros",
    "empty": "empty",
    "error": "error",
}

# Section 3.2 of the protocol notes: these usually never answer.
DEFAULT_SILENT: dict[str, Silence] = {
    "set_low_power": "hang",
    "set_normal_power": "hang",
    "set_high_power": "hang",
    "reboot": "close",
}


@dataclass(slots=True, kw_only=True)
class Faults:
    """Faults of the connection and of the device; set the fields at any time."""

    unreachable_until: float = 0.0
    """Wall time until which every connection is reset."""
    mute: bool = False
    """Take requests, never answer."""
    delay: float = 0.0
    """Wait this long before an answer, real seconds."""
    cut: int | None = None
    """Send only so many bytes of an answer."""
    garbage: bool = False
    """Answer with bytes that are no JSON."""
    endless: bool = False
    """Answer without end until the client goes away."""
    only: set[str] = field(default_factory=set)
    """Limit the five faults above to these commands (empty: all commands)."""
    segments: int = 1
    """Send an answer in so many TCP segments."""
    trailing_nul: bool = False
    """End each answer with a NUL byte, as older firmware may."""
    refuse: dict[str, int] = field(default_factory=dict)
    """Commands to refuse, and with which code."""
    disobey: set[str] = field(default_factory=set)
    """Commands that are accepted (131) and not carried out."""
    silent: dict[str, Silence] = field(default_factory=lambda: dict(DEFAULT_SILENT))
    """Commands that are carried out and never answered, and how they are not."""
    hang_seconds: float = 30.0
    """How long a connection that gets no answer stays open, real seconds."""
    late_seconds: float | None = 0.5
    """How late power_off answers with respbefore "false"; None: not at all."""
    unavailable: set[str] = field(default_factory=set)
    """Read commands that are closed without an answer."""
    mining_down: MiningDown = "zeros"
    """What mining commands give while the mining process is away."""
    broken_error_list: bool = False
    """Send get_error_code's list with a colon in it, as API 2.0.4 does."""
    ignore_info_selector: bool = False
    """Let get_miner_info return everything, whatever was asked for."""
    encrypt_token_error: bool = False
    """Send 135 inside the envelope; which is right is not known."""

    def applies(self, command: str | None) -> bool:
        """Tell whether the faults of the connection hit this command."""
        return not self.only or command in self.only

    def unreachable(self, clock: Clock, seconds: float = inf) -> None:
        """Reset every connection for so many real seconds; 0 ends it."""
        self.unreachable_until = clock.wall() + seconds


FAULT_HELP = """\
faults (--fault may be repeated):
  unreachable[=SECONDS]   reset every connection, for so many real seconds
  mute                    take requests, never answer
  delay=SECONDS           answer late
  cut=BYTES               cut every answer short
  garbage                 answer with bytes that are no JSON
  endless                 answer without end
  only=COMMAND            limit the faults above to a command
  segments=N              send each answer in N TCP segments
  nul                     end each answer with a NUL byte
  refuse=COMMAND:CODE     refuse a command, e.g. refuse=power_off:45
  disobey=COMMAND         say yes and do nothing
  silent=COMMAND[:hang]   do it and never answer (close, or leave open)
  unavailable=COMMAND     close a read command without an answer
  mining-down=HOW         zeros, empty or error while the mining process is away
  broken-errors           a list of errors that is no JSON (as API 2.0.4)
  token-pause=SECONDS     refuse get_token (136) so long after each one
  missing-board=SLOT      a board is not found
  dead-pool=NUMBER        a pool does not answer (1 is the first)
  error=CODE              an active error code, e.g. error=110
"""


def parse_fault(faults: Faults, clock: Clock, spec: str) -> tuple[str, int] | None:
    """Set a fault from NAME[=VALUE]; return the ones of the machine."""
    name, _, value = spec.partition("=")
    command, _, extra = value.partition(":")
    match name:
        case "unreachable":
            faults.unreachable(clock, float(value or inf))
        case "mute" | "garbage" | "endless":
            setattr(faults, name, True)
        case "delay":
            faults.delay = float(value)
        case "cut":
            faults.cut = int(value)
        case "only":
            faults.only.add(value)
        case "segments":
            faults.segments = int(value)
        case "nul":
            faults.trailing_nul = True
        case "refuse":
            faults.refuse[command] = int(extra or 132)
        case "disobey":
            faults.disobey.add(value)
        case "silent":
            faults.silent[command] = "hang" if extra == "hang" else "close"
        case "unavailable":
            faults.unavailable.add(value)
        case "mining-down":
            if value not in _MINING_DOWN:
                raise ValueError(f"mining-down is one of {', '.join(_MINING_DOWN)}")
            faults.mining_down = _MINING_DOWN[value]
        case "broken-errors":
            faults.broken_error_list = True
        case "missing-board" | "dead-pool" | "error" | "token-pause":
            return name, int(value)
        case _:
            raise ValueError(f"unknown fault {name!r}")
    return None
