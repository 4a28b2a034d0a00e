"""What the manager has decided, and by what: for the question why.

A decision is a start, a stop, a change of the reason, a ceiling, a hold, a refusal. It
is one plain sentence in the logbook. Changes of a power percent are too many for that
and are kept apart.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util.dt import as_local, parse_datetime, utc_from_timestamp, utcnow

from ..const import DOMAIN
from ..names import shown_name
from ..stored_json import UNREADABLE
from .law.holds import Hold, HoldKind
from .law.models import Action, Limit, Order, Plan, Reason

EVENT_DECISION: Final = f"{DOMAIN}_decision"

_MOST: Final = 200
_MOST_STEPS: Final = 500
_A_DAY: Final = 86400
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_CALM: Final = timedelta(minutes=5)
"""What wavers has to stay as it is for so long."""

WORDS: Final[Mapping[Reason | Limit, str]] = {
    Reason.OFF: "the mode is Off",
    Reason.SURPLUS: "there is surplus",
    Reason.CHEAP: "electricity is cheap",
    Reason.HEAT: "heat is wanted",
    Reason.NOTHING_WANTED: "nothing asks for power",
    Reason.MINIMUM: "its lowest power is kept up",
    Reason.FULL: "the mode is Full",
    Reason.REQUEST: "power was requested",
    Reason.REQUEST_EXPIRED: "no request is valid",
    Reason.PAUSED: "the manager is paused",
    Reason.NO_SURPLUS: "there is not enough surplus",
    Reason.STARTING: "it was just started",
    Reason.LEAST_RUN: "it has not run for long enough to stop",
    Reason.RESTING: "it has not been off for long enough to start",
    Reason.STARTS_SPENT: "it has started as often as it may today",
    Reason.ONE_AT_A_TIME: "another miner was just started",
    Reason.NO_POWER_LEFT: "the other miners take all the power",
    Reason.BRIDGING: "the surplus is short, but may come back",
    Reason.BUDGET_SPENT: "it has taken as much from the grid as one run may",
    Reason.SOURCE_LOST: "the meter does not report",
    Reason.NOT_STEERABLE: "it does not take a power percent",
    Reason.NO_COMMANDS: "it takes no commands",
    Reason.REFUSED: "it refused a command",
    Reason.HELD: "it was set by hand",
    Reason.UNREACHABLE: "it does not answer",
    Limit.POWER_CAP: "the power cap is reached",
    Limit.GRID_CAP: "the grid connection is at its cap",
    Limit.FUSE: "the main fuse is at its limit",
    Limit.NOT_ALLOWED: "mining is not allowed now",
    Limit.TEMPERATURE: "it is too hot",
    Limit.RESERVE: "power is kept free for other loads",
    Limit.ROOM: "it is warm enough",
    Limit.QUIET: "these are quiet hours",
    Limit.PUMP: "the pump of the coolant does not run",
    Limit.NO_TEMPERATURE: "a temperature with a limit is not known",
    Limit.FAULT: "an unexpected error keeps the power manager from deciding",
}
"""What follows "because" in a sentence."""

_OF_ALL: Final[Mapping[Reason | Limit, str]] = {
    Reason.STARTS_SPENT: "the miners have started as often as they may today",
}
"""The same of all miners, where it is another one."""
_OF_EACH: Final = (
    *(Reason.UNREACHABLE, Reason.HELD, Reason.REFUSED, Reason.RESTING),
    *(Reason.NOT_STEERABLE, Reason.NO_COMMANDS),
)

_ORDERS: Final = {
    Action.START: "Starting",
    Action.STOP: "Stopping",
    Action.PERCENT: "Changing the power of",
    Action.LOW_START: "Lowering the start power of",
    Action.RESTORE_START: "Restoring the start power of",
}
_PAUSED_ORDERS: Final = {
    Action.START: "Would start",
    Action.STOP: "Would stop",
    Action.LOW_START: "Would lower the start power of",
    Action.RESTORE_START: "Would restore the start power of",
}
_FAILED_ORDERS: Final = {
    Action.START: "start",
    Action.STOP: "stop",
    Action.PERCENT: "change its power",
    Action.LOW_START: "lower its start power",
    Action.RESTORE_START: "restore its start power",
}
_WAVER: Final[tuple[set[str | None], ...]] = (
    {Reason.SURPLUS, Reason.MINIMUM, Reason.HEAT, Reason.CHEAP},
    {f"{Reason.SURPLUS}_if", Reason.NO_SURPLUS},
    {Limit.GRID_CAP, Limit.FUSE, Limit.RESERVE, Limit.ROOM, None},
)
"""Between these decides what is measured; the second are those while it is paused."""
_DISPROVED: Final = {
    Action.PERCENT: "accepts a power percent and goes back from it by itself",
    Action.LOW_START: "accepted a lower start power and draws more than that",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One thing that the manager has decided, or found."""

    at: datetime
    message: str
    """One plain sentence."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What it was decided by."""
    miner: str | None = None
    """Of a limit: which miner has it, by the id of its entry."""
    decides: str | None = None
    """Which limit, or what decides for all miners: by that the next is news or not."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "at": self.at.isoformat(),
            "message": self.message,
            "inputs": dict(self.inputs),
            "miner": self.miner,
            "decides": self.decides,
        }


@dataclass(slots=True)
class _Said:
    """What was said last of one subject, before that, and when."""

    key: str | None = None
    before: str | None = None
    at: datetime = _NEVER
    is_away: bool = False

    def is_news(self, key: str | None, now: datetime) -> bool:
        """Return whether that is to be said now; then it is what was said last.

        What goes back to what was said before may only waver, around a cap, say.
        """
        if key == self.key:
            if self.is_away:
                self.at, self.is_away = now, False
            return False
        both = {key, self.key}
        wavers = key == self.before and any(both <= each for each in _WAVER)
        if wavers and timedelta() <= now - self.at < _CALM:
            self.is_away = True
            return False
        self.key, self.before, self.at, self.is_away = key, self.key, now, False
        return True


class Decisions:
    """The last decisions, and the last steps of the power percent."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], save: Callable[[], None]
    ) -> None:
        """Begin without any; `save` is called when there are more."""
        self.inputs: Mapping[str, Any] = {}
        """What the last step was decided by."""
        self.all: deque[Decision] = deque(maxlen=_MOST)
        self.steps: deque[Decision] = deque(maxlen=_MOST_STEPS)
        self._hass = hass
        self._entry = entry
        self._save = save
        self._said = _Said()
        self._limits = defaultdict[str, _Said](_Said)
        """What limits each miner, as was said last, be it in the last run."""
        self._while_paused: dict[str, Action] = {}
        self._failing: set[tuple[str, Action]] = set()
        self._retried: set[tuple[str, Action]] = set()
        self._disproved: dict[tuple[str, Action], date] = {}

    def load(self, stored: list[Any]) -> None:
        """Take over those of the last run that can be read.

        What decided before a restart is no news after it. Earlier versions did not keep it.
        """
        for each in stored:
            with suppress(*UNREADABLE):
                at = parse_datetime(each["at"], raise_on_error=True)
                message, inputs = str(each["message"]), dict(each["inputs"])
                miner, decides = each.get("miner"), each.get("decides")
                self.all.append(
                    Decision(
                        at=at,
                        message=message,
                        inputs=inputs,
                        miner=miner,
                        decides=decides,
                    )
                )
                if miner is not None:
                    self._limits[miner] = _Said(decides)
                elif decides is not None:
                    self._said = _Said(decides)

    def dump(self) -> list[dict[str, Any]]:
        """Return what outlasts a restart."""
        return [each.as_json() for each in self.all]

    @callback
    def add(
        self, message: str, *, miner: str | None = None, decides: str | None = None
    ) -> None:
        """Note a decision, and have it in the logbook."""
        self.all.append(replace(self._new(message), miner=miner, decides=decides))
        self._save()
        devices = dr.async_entries_for_config_entry(
            dr.async_get(self._hass), self._entry.entry_id
        )
        data = {"name": shown_name(self._hass, self._entry), "message": message}
        if devices:
            data["device_id"] = devices[0].id
        self._hass.bus.async_fire(EVENT_DECISION, data)

    @callback
    def compare(
        self,
        plan: Plan,
        names: Mapping[str, str],
        cheap_until: float | None = None,
        *,
        is_paused: bool = False,
    ) -> None:
        """Note what decides now and did not at the step before.

        While a miner that has refused is tried again nothing is new.
        """
        orders = {(each.miner, each.action) for each in plan.orders}
        is_retry = bool(self._retried or orders & self._failing)
        says = reasoned(plan.reason, is_paused=is_paused)
        decides = _decides(plan.reason, is_paused=is_paused)
        now = utcnow()
        if says and not is_retry and self._said.is_news(decides, now):
            if plan.reason is Reason.CHEAP and cheap_until is not None:
                says += f" until {moment(cheap_until)}"
            self.add(says, decides=decides)
        for key, percent in plan.raised.items():
            self.add(raised(names[key], percent))
        for key, action in plan.disproved.items():
            # It is tried again, and fails again: that is no news on the same day.
            if self._disproved.get((key, action)) != (day := as_local(now).date()):
                self._disproved[key, action] = day
                self.add(f"{names[key]} {_DISPROVED[action]}")
        news = set[tuple[str, Action]]() if is_paused else orders - self._failing
        for key, part in plan.parts.items():
            limit = part.reason if isinstance(part.reason, Limit) else None
            # That it does not answer, as after a start, does not end a limit.
            is_known = part.reason is not Reason.UNREACHABLE
            if is_known and self._limits[key].is_news(limit, now):
                # That it is stopped for that is said with the order.
                if limit is None or (key, Action.STOP) not in news:
                    message = limited(names[key], limit, part.power)
                    self.add(message, miner=key, decides=limit and limit.value)

    @callback
    def order_given(self, name: str, order: Order) -> None:
        """Note an order; a change of a percent is no decision, nor is a next try."""
        self._while_paused.pop(order.miner, None)
        message = ordered(name, order)
        if (order.miner, order.action) in self._failing:
            self._retried.add((order.miner, order.action))
        elif order.action is not Action.PERCENT:
            limit = order.reason if isinstance(order.reason, Limit) else None
            self.add(
                message, miner=limit and order.miner, decides=limit and limit.value
            )
        if order.action is Action.PERCENT:
            self.steps.append(self._new(message))

    @callback
    def order_while_paused(self, name: str, order: Order) -> None:
        """Note what a paused manager would do, once."""
        before = self._while_paused.get(order.miner)
        if order.action in (Action.PERCENT, before):
            return
        self._while_paused[order.miner] = order.action
        self.add(ordered(name, order, is_paused=True))

    @callback
    def order_failed(self, name: str, order: Order, error: str) -> None:
        """Note that an order came to nothing, once until it works again."""
        if (order.miner, order.action) not in self._failing:
            self._failing.add((order.miner, order.action))
            self.add(failed(name, order, error))

    @callback
    def order_ended(self, order: Order, *, works: bool) -> None:
        """Note the end of an order; after one that works the next failure is news."""
        self._retried.discard((order.miner, order.action))
        if works:
            self._failing.discard((order.miner, order.action))

    def _new(self, message: str) -> Decision:
        """Return a decision of now."""
        return Decision(at=utcnow(), message=message, inputs=self.inputs)


def ordered(name: str, order: Order, *, is_paused: bool = False) -> str:
    """Return the sentence for an order."""
    verb = (_PAUSED_ORDERS if is_paused else _ORDERS)[order.action]
    how = f" to {order.value:.0f} %" if order.action is Action.PERCENT else ""
    return f"{verb} {name}{how}: {WORDS[order.reason]}"


def failed(name: str, order: Order, error: str) -> str:
    """Return the sentence for an order that came to nothing."""
    # Most errors begin with the name of the miner, and it is there already.
    why = f"it{error[len(name) :]}" if error.startswith(f"{name} ") else error
    return f"{name} did not {_FAILED_ORDERS[order.action]}: {why}"


def limited(name: str, limit: Limit | None, watts: float) -> str:
    """Return the sentence for a ceiling that decides, or does not any more."""
    if limit is None:
        return f"{name} is no longer limited"
    much = "has to stay off" if watts <= 0 else f"may draw {watts:.0f} W at most"
    return f"{name} {much}: {WORDS[limit]}"


def held(name: str, hold: Hold | None, who: str) -> str:
    """Return the sentence for a hold that has begun, or ended."""
    if hold is None:
        return f"{name} is managed again: {who}"
    how = "off" if hold.kind is HoldKind.OFF else "as it is set"
    if hold.until is None:
        return (
            f"{name} is held {how} until it is started by hand or allowed again: {who}"
        )
    return f"{name} is held {how} until {moment(hold.until)}: {who}"


def moment(at: float) -> str:
    """Return a local time to come, with its date where it is not the next of the kind."""
    local = as_local(utc_from_timestamp(at))
    is_next = at - utcnow().timestamp() <= _A_DAY
    return f"{local:%H:%M}" if is_next else f"{local:%Y-%m-%d %H:%M}"


def raised(name: str, percent: float) -> str:
    """Return the sentence for a lowest percent that was too low."""
    return f"{name} restarted at a low power: {percent:.0f} % is its lowest for today"


def reasoned(reason: Reason | Limit, *, is_paused: bool = False) -> str:
    """Return the sentence for what decides for all miners now.

    It is empty for what is no news: that was said of each of them, or is over soon.
    """
    if reason is Reason.SURPLUS:
        return f"The miners {'would ' if is_paused else ''}follow the surplus"
    if reason in _OF_EACH or isinstance(reason, Limit):
        return ""
    words = _OF_ALL.get(reason, WORDS[reason])
    return f"{words[:1].upper()}{words[1:]}"


def _decides(reason: Reason | Limit, *, is_paused: bool) -> str:
    """Return what the sentence of a reason has that no other has."""
    return f"{reason}_if" if is_paused and reason is Reason.SURPLUS else str(reason)
