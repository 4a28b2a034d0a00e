"""Measures the Home Assistant that it runs in, as an integration of its own.

It knows nothing of what it measures: any revision of the integration is measured alike.
"""

import asyncio
import cProfile
import json
from pathlib import Path
import time
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

DOMAIN = "bench_meter"
# Seconds between two looks at how late the loop is.
_STEP = 0.02
# States that wait for the recorder when it has nothing else to do.
_FEW = 100
# Seconds from one run of the recorder's statistics to the next, and those into the hour.
_STATISTICS = 300
_STATISTICS_AT = 10
# By so many seconds they can come late.
_LATE = 5


class Meter:
    """Notes how late the loop is, and what a span of time costs."""

    def __init__(self, hass: HomeAssistant, config: dict[str, Any]) -> None:
        """Begin to measure the start."""
        self._hass = hass
        self._config = config
        self._folder = Path(hass.config.config_dir)
        self._results: dict[str, dict[str, float]] = {}
        self._lags: list[float] = []
        self._busy: list[float] = []
        self._events = 0
        self._profile: cProfile.Profile | None = None
        self._begin()
        # Of the start the whole, from the first import on.
        self._cpu = 0.0

    async def watch(self) -> None:
        """Note how much later than asked for the loop goes on, until the end.

        And how much of that the loop itself worked: all of it, on a machine that has
        nothing else to do.
        """
        while True:
            due, worked = time.monotonic() + _STEP, time.thread_time()
            await asyncio.sleep(_STEP)
            self._lags.append(time.monotonic() - due)
            self._busy.append(time.thread_time() - worked)

    async def started(self, hass: HomeAssistant) -> None:
        """Measure polls for a while, once the start is over; then the same without them."""
        self._end("start")
        await self._store("started")
        await self._settle()
        if self._config["seconds"]:
            await self._measure("polls")
            self._set_polling(False)
            await asyncio.sleep(self._config["settle"])
            await self._measure("idle")
            self._set_polling(True)
        await self._store("polled")
        self._begin()

    async def _measure(self, name: str) -> None:
        """Measure for a while that has no statistics of the recorder in it.

        Every five minutes it reads and writes for each sensor, whatever was polled.
        """
        seconds = self._config["seconds"]
        begin = _STATISTICS - (time.time() - _STATISTICS_AT) % _STATISTICS
        if begin < seconds + _LATE:
            await asyncio.sleep(begin + _LATE)
            recorder = get_instance(self._hass)
            await self._hass.async_add_executor_job(recorder.block_till_done)
        unlisten = self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._count)
        self._begin()
        await asyncio.sleep(seconds)
        unlisten()
        self._end(name)

    def _set_polling(self, is_on: bool) -> None:
        """Let all integrations go on with their polls, or not."""
        entries = self._hass.config_entries
        for entry in entries.async_entries():
            entries.async_update_entry(entry, pref_disable_polling=not is_on)

    async def _settle(self) -> None:
        """Wait until the recorder has caught up with the start, or for so long.

        It asks its database for each entity whose first state it gets.
        """
        recorder = get_instance(self._hass)
        began = time.monotonic()
        await asyncio.sleep(self._config["settle"])
        while (
            recorder.backlog > _FEW
            and time.monotonic() - began < self._config["longest"]
        ):
            await asyncio.sleep(0.5)
        self._results["start"]["settled"] = time.monotonic() - began

    @callback
    def stopped(self, event: Event) -> None:
        """Note what the stop was like: its files are written."""
        self._end("stop")
        self._write("stopped")

    @callback
    def _count(self, event: Event[EventStateChangedData]) -> None:
        """Count a change of a state."""
        self._events += 1

    def _begin(self) -> None:
        """Begin a span of time."""
        self._lags.clear()
        self._busy.clear()
        self._events = 0
        self._at, self._wall, self._cpu = time.time(), *_now()
        if self._config["profile"]:
            self._profile = cProfile.Profile()
            self._profile.enable()

    def _end(self, name: str) -> None:
        """End a span of time."""
        wall, cpu = _now()
        if self._profile is not None:
            self._profile.disable()
            self._profile.dump_stats(self._folder / f"{name}.prof")
        self._results[name] = {
            "at": self._at,
            "wall": wall - self._wall,
            "cpu": cpu - self._cpu,
            **_quantiles("lag", self._lags),
            **_quantiles("busy", self._busy),
            "memory": _memory(),
            "changes": self._events,
        }

    async def _store(self, name: str) -> None:
        """Write what there is; who waits for it sees a whole file."""
        await self._hass.async_add_executor_job(self._write, name)

    def _write(self, name: str) -> None:
        """Write what there is."""
        new = self._folder / "measured.new"
        new.write_text(json.dumps(self._results))
        new.rename(self._folder / f"{name}.json")


def _quantiles(name: str, seconds: list[float]) -> dict[str, float]:
    """Return what is exceeded half of the time, rarely and never, in ms."""
    found = [each * 1000 for each in sorted(seconds)] or [0.0]
    return {
        f"{name}_p50": found[len(found) // 2],
        f"{name}_p99": found[len(found) * 99 // 100],
        f"{name}_worst": found[-1],
    }


def _now() -> tuple[float, float]:
    """Return the seconds of a clock, and those of all processors for this program."""
    return time.monotonic(), time.process_time()


def _memory() -> float:
    """Return the memory in use, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Measure from here on."""
    meter = Meter(hass, config[DOMAIN])
    hass.async_create_background_task(meter.watch(), "bench_meter watch")

    @callback
    def start(hass: HomeAssistant) -> None:
        """Begin with the polls."""
        hass.async_create_background_task(meter.started(hass), "bench_meter polls")

    async_at_started(hass, start)
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, meter.stopped)
    return True
