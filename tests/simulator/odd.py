"""Odd readings: what machines in the field, or hostile ones, answer that others do not.

The oddities are data here; `spoiled` makes an answer odd on its way out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
import json
from typing import Any

from .clock import Clock

type Answer = dict[str, Any]

PAST_ERRORS = (205, 206)
"""Listed by a healthy machine a day after they were over."""
PAST_AGE = 60 * 86400.0
FLAP_SECONDS = 568.0
"""38 changes in six hours on one machine: each state holds so long."""
CUT_BYTES = 1228
"""At which an M30S++ VH90 (20221009.17.Rel) cuts off its pools."""
ENERGY_PERIOD = 6 * 3600
"""Seconds after which counters of energy begin anew, if they do."""
HALF_EMOJI = " \ud83d"

_ROWS = {"pools": "POOLS", "edevs": "DEVS", "devs": "DEVS"}
_ENVELOPE = {"STATUS", "When", "Code", "Description", "id", "code", "when", "desc"}
_NAMES = {
    *("hostname", "User", "account", "miner_type", "Model", "type", "fw_ver"),
    *("FirmwareVersion", "Firmware Version", "fwversion", "btrom-worker-suffix"),
}


@dataclass(slots=True, kw_only=True)
class Odd:
    """Oddities of what is read; set the fields at any time."""

    msg_lists: bool = False
    """Send pools, boards and power supply as a list in `Msg`, as MicroBT's driver and
    one fleet of five machines have it."""
    cut_parts: dict[str, int] = field(default_factory=dict)
    """Commands whose answer is cut off at so many bytes, in a joined one, too."""
    btminer_unknown: bool = False
    """Refuse all that the mining process answers; the daemon goes on answering."""
    edevs_refused: bool = False
    """Refuse edevs while devs works, as an M66S++ does (20251209.16.Rel3)."""
    btmineroff_lie: bool = False
    """Let `btmineroff` say "true" whatever happens; it only looks for a process."""
    fans_stopped: bool = False
    """Give 0 for both fans while they should turn, as an M30S++ did for days."""
    stale_errors: dict[int, float] = field(default_factory=dict)
    """Errors that are over, by the seconds since they were; any others stay, too."""
    keeps_errors: bool = False
    """List the last occurrence of each error for good."""
    flapping: set[int] = field(default_factory=set)
    """Errors that appear and clear all the time."""
    error_flood: int = 0
    """List so many errors, other ones each time."""
    absurd: dict[str, Any] = field(default_factory=dict)
    """Values of fields, by their names in the answers; "" stands for every number."""
    backups_left_out: bool = False
    """List only the pool at work in API v3, as MicroBT's driver expects."""
    idle_pools: bool = False
    """Leave the pools out of API v3's status, and refuse them alone with -1, as while
    a miner idles by MicroBT's driver."""
    half_emoji: bool = False
    """End names with a lone surrogate."""
    energy_counters: bool = False
    """Have the counters of energy in API v3's summary."""
    replaced_at: float | None = None
    """Wall time from which another miner has the address."""
    _seen: dict[int, float] = field(default_factory=dict)
    _floods: int = 0

    def errors(self, active: dict[int, float], now: float) -> dict[int, float]:
        """Return the errors to list of those that are active, with their times."""
        listed = {code: now - age for code, age in self.stale_errors.items()} | active
        for code in self.flapping:
            if now // FLAP_SECONDS % 2 == 0:
                listed[code] = now // FLAP_SECONDS * FLAP_SECONDS
        if self.keeps_errors:
            self._seen |= listed
            listed = dict(self._seen)
        if self.error_flood:
            first = 100_000 + self._floods * self.error_flood
            self._floods += 1
            for number in range(self.error_flood):
                listed[first + number] = now
        return listed


ODD_HELP = """\
  msg-lists               pools, boards and power supply are a list in Msg
  cut-part=COMMAND[:N]    cut an answer at N bytes, also inside a joined one
  pools-cut               the same for pools, at 1228 bytes
  btminer-unknown         refuse (132) all mining commands; the daemon answers
  edevs-refused           refuse edevs; devs works
  btmineroff-lie          btmineroff is always "true" (1.4)
  fans-stopped            both fans are at 0 while it hashes
  stale-errors[=CODES]    errors stay listed; some are two months old (205,206)
  flapping=CODE           an error that appears and clears all the time
  error-flood=N           N errors, other ones each time
  absurd[=[FIELD:]VALUE]  one field, or every number, has an absurd value
                          (2147483647), e.g. absurd=Power:2147483647
  v3-backups-left-out     only the pool at work is listed (v3)
  v3-idle-pools           no pools in the status; alone they are refused (v3)
  half-emoji              names end with half an emoji (a lone surrogate)
  energy-counters         counters of energy in the summary (v3)
  energy-reset[=SECONDS]  these begin anew every so many seconds (21600)
  replaced=SECONDS        after so many real seconds another miner has the address
"""

_ODD_FLAGS = {
    "msg-lists": "msg_lists",
    "btminer-unknown": "btminer_unknown",
    "edevs-refused": "edevs_refused",
    "btmineroff-lie": "btmineroff_lie",
    "fans-stopped": "fans_stopped",
    "v3-backups-left-out": "backups_left_out",
    "v3-idle-pools": "idle_pools",
    "half-emoji": "half_emoji",
    "energy-counters": "energy_counters",
}


def parse_odd(odd: Odd, clock: Clock, name: str, value: str) -> bool:
    """Set an oddity; tell whether it is one."""
    first, _, second = value.partition(":")
    match name:
        case _ if name in _ODD_FLAGS:
            setattr(odd, _ODD_FLAGS[name], True)
        case "cut-part":
            odd.cut_parts[first] = int(second or CUT_BYTES)
        case "pools-cut":
            odd.cut_parts["pools"] = CUT_BYTES
        case "stale-errors":
            codes = [int(code) for code in value.split(",")] if value else PAST_ERRORS
            odd.stale_errors |= dict.fromkeys(codes, PAST_AGE)
            odd.keeps_errors = True
        case "flapping":
            odd.flapping.add(int(value))
        case "error-flood":
            odd.error_flood = int(value)
        case "absurd":
            field_name = first if second else ""
            odd.absurd[field_name] = _number(second or first or "2147483647")
        case "replaced":
            odd.replaced_at = clock.wall() + float(value)
        case _:
            return False
    return True


def spoiled(odd: Odd, command: str | None, answer: Answer) -> tuple[Answer, str | None]:
    """Return an answer as it is with the oddities, and its text if that is no JSON."""
    if command == "get_token":
        return answer, None
    if odd.absurd:
        answer = _changed(answer, lambda name, value: _absurd(odd.absurd, name, value))
    if odd.half_emoji:
        answer = _changed(answer, _half_emoji)
    if odd.msg_lists:
        answer = _listed(answer)
    cut = odd.cut_parts.keys() & {*(command or "").split("+")}
    if not cut:
        return answer, None
    if "+" not in (command or ""):
        return answer, _text(answer)[: odd.cut_parts[command or ""]]
    parts = [f'"{name}":{_cut(odd, name, part)}' for name, part in answer.items()]
    return answer, "{" + ",".join(parts) + "}"


def _cut(odd: Odd, name: str, part: Any) -> str:
    """Return a part of a joined answer, of which the inner answer may be cut off."""
    if name not in odd.cut_parts or not isinstance(part, list):
        return _text(part)
    return f"[{_text(part[0])[: odd.cut_parts[name]]}]"


def _listed(answer: Answer) -> Answer:
    """Return an answer with its rows as a list in `Msg`, in each part of a joined one."""
    for rows in set(_ROWS.values()) & answer.keys():
        return {"STATUS": "S", "Code": 131, "Msg": answer[rows], "Description": ""}
    if isinstance(message := answer.get("Msg"), dict) and "hw_version" in message:
        return answer | {"Msg": [message]}
    return {
        name: [_listed(part[0])]
        if name in _ROWS and isinstance(part, list) and isinstance(part[0], dict)
        else part
        for name, part in answer.items()
    }


def _changed(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """Return an answer with each single value changed, but not its envelope."""
    if isinstance(value, dict):
        return {
            key: item if key in _ENVELOPE else _changed(item, change, key)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_changed(item, change, name) for item in value]
    return change(name, value)


def _absurd(absurd: dict[str, Any], name: str, value: Any) -> Any:
    """Return a number's absurd value; it is text where it was text."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in absurd:
        wanted = absurd[name]
    elif "" in absurd and (is_number or _is_number(value)):
        wanted = absurd[""]
    else:
        return value
    return str(wanted) if isinstance(value, str) else wanted


def _half_emoji(name: str, value: Any) -> Any:
    """Return a name with half an emoji at its end."""
    return value + HALF_EMOJI if name in _NAMES and isinstance(value, str) else value


def _is_number(value: Any) -> bool:
    """Tell whether this is text that reads as a number."""
    if not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def _number(text: str) -> Any:
    """Return a number, or the text that is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(answer: Any) -> str:
    """Return an answer's text."""
    return json.dumps(answer, separators=(",", ":"))
