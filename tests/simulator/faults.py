"""What can be made to go wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from .clock import Clock
from .odd import ENERGY_PERIOD, Odd, parse_odd

MiningDown = Literal["zeros", "empty", "error"]
Silence = Literal["close", "hang"]
V3Errors = Literal["objects", "plain", "text"]
V3Down = Literal["text", "zeros"]
PercentForm = Literal["text", "number", "json"]
FalseYes = Literal["plain", "empty"]

_V3_ERRORS: dict[str, V3Errors] = {
    "objects": "objects",
    "plain": "plain",
    "text": "text",
}
_V3_DOWN: dict[str, V3Down] = {"text": "text", "zeros": "zeros"}
_PERCENT_FORMS: dict[str, PercentForm] = {
    "text": "text",
    "number": "number",
    "json": "json",
}
_FALSE_YES: dict[str, FalseYes] = {"plain-yes": "plain", "empty-yes": "empty"}
_FLAGS = {
    "mute": "mute",
    "garbage": "garbage",
    "endless": "endless",
    "nul": "trailing_nul",
    "broken-errors": "broken_error_list",
    "token-refused": "token_refused",
    "summary-tera": "summary_in_tera",
    "version-text": "version_text",
    "text-numbers": "numbers_as_text",
    "psu-unread": "psu_unread",
    "unset-empty": "unset_empty",
    "oldest-summary": "oldest_summary",
    "pkcs7": "pkcs7",
    "token-131": "token_131",
    "api-silent": "api_silent",
    "v3-close": "v3_close",
    "v3-silent": "v3_silent",
    "v3-pushes": "v3_pushes",
    "v3-btrom": "v3_btrom",
    "v3-rating-unknown": "v3_rating_unknown",
    "v3-detect-unknown": "v3_detect_unknown",
}
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
    instead: Callable[[Callable[[], object]], object] | None = None
    """Accept each writing command, and do this in its place; it is given what the command
    would do."""
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
    token_refused: bool = False
    """Refuse get_token with 136 while the API switch is off, as an M63 does."""
    token_131: bool = False
    """Give a token with code 131 instead of 134, as an M66S++ does."""
    pkcs7: bool = False
    """Pad encrypted answers with PKCS#7, as MicroBT's driver expects them."""
    false_yes: FalseYes | None = None
    """Do no writing command and answer each: with a plain yes, or with `{}`."""
    api_silent: bool = False
    """Close 4028 without a word while the API switch is off."""
    summary_in_tera: bool = False
    """Send summary as a list with hash rates in TH/s, as one newer machine does."""
    oldest_summary: bool = False
    """Send summary as cgminer of 2018 and 2019: no MAC address, power and ratings."""
    version_text: bool = False
    """Send get_version's Msg as text, as some 1.x firmware does."""
    numbers_as_text: bool = False
    """Send every number of the data as text."""
    psu_unread: bool = False
    """Leave out what the power supply measures."""
    unset_empty: bool = False
    """Leave mode and frequency empty in status while they are the usual ones, as an
    M30S++ does (20250321.14.Rel); what it shows once they were set is not recorded."""
    unset_limit: str = ""
    """What stands for no power limit; firmware 20250214 has 2147483647."""
    v3_silent: bool = False
    """Take connections on 4433 and never answer there."""
    v3_close: bool = False
    """Close the connection after each answer of API v3, as MicroBT's mock does."""
    v3_wrong_token: int = -4
    """Code of the answer to a wrong token; some firmware may have another one."""
    percent_form: PercentForm = "text"
    """The only form of API v3's power percent that is taken: an object whose percent is
    text (MicroBT's driver and mock) or a number (the document), or that as JSON text."""
    v3_pushes: bool = False
    """Send a report that nobody asked for before each answer of API v3."""
    v3_errors: V3Errors = "objects"
    """Form of API v3's error codes."""
    v3_down: V3Down = "text"
    """What API v3 tells of the mining process while that is away."""
    v3_btrom: bool = False
    """Have system.btrom in the device's information, as early 3.0 firmware."""
    v3_omit: set[str] = field(default_factory=set)
    """Fields to leave out of API v3's answers, e.g. power.mode."""
    v3_rating_unknown: bool = False
    """Give factory-hash as -0.001 for each board."""
    v3_detect_unknown: bool = False
    """Give detect-hash-rate as -1 for each board."""

    odd: Odd = field(default_factory=Odd)
    """What is odd in what is read."""

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
  token-refused           refuse get_token (136) while the API switch is off
  token-131               a token comes with code 131
  api-silent              close 4028 without a word while the API switch is off
  pkcs7                   encrypted answers are padded with PKCS#7
  plain-yes, empty-yes    do no writing command; answer each with a plain yes, or {}
  summary-tera            summary as a list with hash rates in TH/s
  oldest-summary          summary of 2018: no MAC address, power, ratings (cgminer)
  version-text            get_version's Msg is text (1.4)
  text-numbers            numbers are text
  psu-unread              no measurements of the power supply
  unset-empty             status leaves the usual mode and frequency empty
  unset-limit=TEXT        what status shows for no power limit, e.g. 2147483647
  v3-silent               port 4433 takes connections and never answers
  v3-close                port 4433 closes after each answer
  v3-wrong-token=CODE     answer to a wrong token, e.g. -1 (usual: -4)
  percent-form=FORM       form of v3's power percent: text (usual), number or json
  v3-pushes               an unasked report before each answer of API v3
  v3-errors=FORM          objects, plain (texts), or text (one text)
  v3-down=HOW             text or zeros while the mining process is away
  v3-btrom                have system.btrom
  v3-omit=SECTION.FIELD   leave a field out, e.g. v3-omit=power.mode
  v3-rating-unknown       factory-hash is -0.001 for each board
  v3-detect-unknown       detect-hash-rate is -1 for each board
  missing-board=SLOT      a board is not found
  dead-chips=SLOT:COUNT   chips of a board are dead
  dead-pool=NUMBER        a pool does not answer (1 is the first)
  lowest-limit=W          with a lower power limit mining starts again and again
  error=CODE              an active error code, e.g. error=110
  factory-error=CODE      an error code of the factory (cgminer, 1.4)
"""


def _choice[T](name: str, value: str, known: dict[str, T]) -> T:
    """Return one of the known values."""
    if value not in known:
        raise ValueError(f"{name} is one of {', '.join(known)}")
    return known[value]


def parse_fault(faults: Faults, clock: Clock, spec: str) -> tuple[str, int] | None:
    """Set a fault from NAME[=VALUE]; return the ones of the machine."""
    name, _, value = spec.partition("=")
    command, _, extra = value.partition(":")
    match name:
        case "unreachable":
            faults.unreachable(clock, float(value or inf))
        case _ if name in _FLAGS:
            setattr(faults, _FLAGS[name], True)
        case "plain-yes" | "empty-yes":
            faults.false_yes = _FALSE_YES[name]
        case "v3-wrong-token":
            faults.v3_wrong_token = int(value)
        case "percent-form":
            faults.percent_form = _choice(name, value, _PERCENT_FORMS)
        case "delay":
            faults.delay = float(value)
        case "cut":
            faults.cut = int(value)
        case "only":
            faults.only.add(value)
        case "segments":
            faults.segments = int(value)
        case "refuse":
            faults.refuse[command] = int(extra or 132)
        case "disobey":
            faults.disobey.add(value)
        case "silent":
            faults.silent[command] = "hang" if extra == "hang" else "close"
        case "unavailable":
            faults.unavailable.add(value)
        case "mining-down":
            faults.mining_down = _choice(name, value, _MINING_DOWN)
        case "unset-limit":
            faults.unset_limit = value
        case "v3-omit":
            faults.v3_omit.add(value)
        case "v3-errors":
            faults.v3_errors = _choice(name, value, _V3_ERRORS)
        case "v3-down":
            faults.v3_down = _choice(name, value, _V3_DOWN)
        case "dead-chips":
            return f"dead-chips {int(command)}", int(extra)
        case "energy-reset":
            faults.odd.energy_counters = True
            return name, int(value or ENERGY_PERIOD)
        case "missing-board" | "dead-pool" | "error" | "factory-error":
            return name, int(value)
        case "token-pause" | "lowest-limit":
            return name, int(value)
        case _ if parse_odd(faults.odd, clock, name, value):
            pass
        case _:
            raise ValueError(f"unknown fault {name!r}")
    return None
