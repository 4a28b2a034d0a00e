"""Mining while electricity is cheap."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from tests.household import make_day

from .helpers import TELL, Day, a_day, restart, tell_in_vain, use_blueprint, warnings
from .time_machine import TimeMachine

PRICE = "sensor.price"
UNIT = {"unit_of_measurement": "ct/kWh"}
PRICES = [minute.price for minute in make_day("sunny")[::60]]
MIDNIGHT = datetime(2026, 5, 20, tzinfo=UTC)

LITTLE = 61
"""s, after which the automation has looked at a new minute for certain."""

BY_PRICE = {"price_sensor": PRICE, "start_below": 13, "stop_above": 20, "notify": TELL}
BY_FORECAST = {
    "price_sensor": PRICE,
    "by": "cheapest",
    "attribute": "forecast",
    "notify": TELL,
}


def cheapest(count: int, hours: range = range(24)) -> list[int]:
    """Return the cheapest hours of the day."""
    return sorted(sorted(hours, key=PRICES.__getitem__)[:count])


async def use(day: Day, **inputs: Any) -> None:
    """Set up the automation with all miners; it may act at once."""
    miners = [day.entity("switch.mining", each) for each in range(len(day.miners))]
    await use_blueprint(day.hass, "price_window", miners=miners, **inputs)
    await day.time.settle()


async def tell(day: Day, price: float | str, forecast: Any = None) -> None:
    """Let the sensor report a price."""
    attributes = {**UNIT, "forecast": forecast} if forecast else UNIT
    day.hass.states.async_set(PRICE, str(price), attributes)
    await day.time.settle()


async def live(
    day: Day, first: int, last: int, *, step: int = 30, forecast: Any = None
) -> list[int]:
    """Live through hours of the day; return those in which the first miner mined."""
    mined = []
    for hour in range(first, last):
        await tell(day, PRICES[hour], forecast)
        on = 0
        for _ in range(0, 60, step):
            on += day.mines()
            await day.move(60 * step)
        if on * step >= 30:
            mined.append(hour)
    return mined


def items(
    start: str = "start", value: str = "value", parts: int = 1, *, texts: bool = False
) -> list[dict[str, Any]]:
    """Return a forecast of two days, the second one much cheaper."""
    found = []
    for part in range(48 * parts):
        moment = MIDNIGHT + timedelta(hours=1) * part / parts
        price = PRICES[part // parts % 24] - (20 if part >= 24 * parts else 0)
        found.append({start: moment.isoformat() if texts else moment, value: price})
    return found


async def test_day_by_price(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Mines when it is cheap enough, and goes on while it is not much dearer."""
    async with a_day(hass, time, count=2) as day:
        await tell(day, PRICES[0])
        await use(day, **BY_PRICE)
        assert await live(day, 0, 12) == []
        assert not day.has_run()
        assert await live(day, 12, 13, step=1) == [12]
        assert await live(day, 13, 19, step=10) == [13, 14, 15]
        assert PRICES[11] == PRICES[15] < 20 < PRICES[16]
        assert [day.starts(number) for number in range(2)] == [1, 1]
        # One after the other: started in this order, stopped in the opposite one.
        (first, _), (second, _) = day.switched[0][0], day.switched[1][0]
        assert timedelta(minutes=1) <= second - first <= timedelta(minutes=2)
        assert day.switched[1][1][0] <= day.switched[0][1][0]
        assert day.told == [
            "Miner 1 started: the price is 12.6 ct/kWh",
            "Miner 2 started: the price is 12.6 ct/kWh",
            "Miner 2 stopped: the price is 24.6 ct/kWh",
            "Miner 1 stopped: the price is 24.6 ct/kWh",
        ]
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    ("forecast", "first", "last"),
    [
        (items(), 0, 24),
        (items("start_time", "price_per_kwh", 2, texts=True), 10, 17),
        (items("datetime", "total", 4), 1, 5),
        (PRICES, 10, 17),
        ([each for each in items() for _ in range(2)], 10, 17),
    ],
    ids=["items", "half hours", "quarters", "numbers", "items twice"],
)
async def test_day_by_forecast(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    forecast: Any,
    first: int,
    last: int,
) -> None:
    """Mines in the cheapest hours of the day, however the forecast is written."""
    assert cheapest(6) == [2, 11, 12, 13, 14, 15]
    async with a_day(hass, time, start=f"{first:02}:00") as day:
        await tell(day, PRICES[first], forecast)
        await use(day, **BY_FORECAST)
        mined = await live(day, first, last, forecast=forecast)
        assert mined == [hour for hour in cheapest(6) if first <= hour < last]
        assert day.starts() == (2 if first == 0 else 1)
        assert not day.mines()
        assert (
            day.told
            == [
                "Miner 1 started: one of the cheapest hours",
                "Miner 1 stopped: not one of the cheapest hours",
            ]
            * day.starts()
        )
    assert warnings(caplog) == []


async def test_equal_prices(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Of equal hours the earlier ones are taken."""
    forecast = [0.1] * 24
    async with a_day(hass, time) as day:
        await tell(day, 0.1, forecast)
        await use(
            day,
            hours=2,
            **BY_FORECAST,
        )
        assert await live(day, 0, 5, forecast=forecast) == [0, 1]
    assert warnings(caplog) == []


async def test_local_time(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Numbers count from the local midnight, two hours before that of UTC."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    forecast = [10] * 24
    forecast[5] = 5
    async with a_day(hass, time, start="02:00") as day:
        await tell(day, 10, forecast)
        await use(day, hours=1, **BY_FORECAST)
        await day.move(3540)
        assert not day.mines()
        await day.move(LITTLE)
        assert day.mines()
        await day.move(3540)
        assert day.mines()
        await day.move(LITTLE)
        assert not day.mines()
    assert warnings(caplog) == []


async def test_only_at_night(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """The cheapest hours are looked for within the hours in which one may mine."""
    forecast = items()
    async with a_day(hass, time) as day:
        await tell(day, PRICES[0], forecast)
        await use(
            day,
            hours=3,
            window_from="22:00:00",
            window_to="07:00:00",
            **BY_FORECAST,
        )
        assert await live(day, 0, 12, forecast=forecast) == [1, 2, 3]
    assert warnings(caplog) == []


@pytest.mark.parametrize("when_lost", ["stop", "hold"])
@pytest.mark.parametrize("by", ["price", "forecast"])
async def test_lost(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    when_lost: str,
    by: str,
) -> None:
    """Without prices the miner goes on for ten minutes, then does as was chosen."""
    forecast, what = (items(), BY_FORECAST) if by == "forecast" else (None, BY_PRICE)
    async with a_day(hass, time, start="12:00") as day:
        await tell(day, PRICES[12], forecast)
        await use(
            day,
            when_lost=when_lost,
            **what,
        )
        assert await live(day, 12, 13, forecast=forecast) == [12]
        # A price is no forecast, and "unavailable" is not cheap.
        await tell(day, PRICES[13] if forecast else STATE_UNAVAILABLE)
        await day.move(540)
        assert day.mines()
        await day.move(LITTLE)
        assert day.mines() is (when_lost == "hold")
        await day.move(900)
        assert day.starts() == 1
        # When it is back, it counts at once.
        await live(day, 14, 15, forecast=forecast)
        assert day.mines()
        await day.move(2 * 3600)
        await live(day, 17, 18, forecast=forecast)
        assert not day.mines()
    if when_lost == "stop":
        assert ("prices of the day" if forecast else "no price") in day.told[1]
    assert warnings(caplog) == []


async def test_unusable_forecast(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """What does not tell the prices of the day is no reason to mine."""
    unusable = {
        "text": "12.6",
        "mapping": {"12": 12.6},
        "half a day": PRICES[12:],
        "nothing in it": [None] * 24,
        "no start": items("begin"),
        "no value": items(value="cost"),
        "no time": [{"start": "noon", "value": 1}] * 24,
        "yesterday": [
            {"start": MIDNIGHT - timedelta(hours=hour), "value": 1}
            for hour in range(1, 25)
        ],
    }
    async with a_day(hass, time, start="12:00") as day:
        await use(day, hours=24, **BY_FORECAST)
        for what, forecast in unusable.items():
            await tell(day, 12.6, forecast)
            await day.move(300)
            assert not day.mines(), what
        await tell(day, 12.6, items())
        await day.move(LITTLE)
        assert day.mines()
        await day.move(3600)
        # That it goes on to tell this and that does not help.
        for minute in range(11):
            assert day.mines()
            await tell(day, 12.6 + minute, unusable["mapping"])
            await day.move(LITTLE)
        assert not day.mines()
        assert day.told[1:] == ["Miner 1 stopped: no prices of the day"]
    assert warnings(caplog) == []


async def test_no_prices_of_tomorrow(hass: HomeAssistant, time: TimeMachine) -> None:
    """From midnight on nobody knows the prices: ten minutes later it is over."""
    today = items()[:24]
    async with a_day(hass, time, start="23:00") as day:
        await tell(day, 12.6, today)
        await use(day, hours=24, **BY_FORECAST)
        for minute in range(69):
            await tell(day, 12.6 + minute, today)
            await day.move(60)
        assert day.mines()
        await tell(day, 12.6, today)
        await day.move(LITTLE)
        assert not day.mines()


@pytest.mark.parametrize("is_new", [False, True])
async def test_numbers_of_yesterday(
    hass: HomeAssistant, time: TimeMachine, *, is_new: bool
) -> None:
    """Numbers have no date: they are those of the day on which they were told."""
    numbers = [9] * 24
    numbers[1] = 1
    async with a_day(hass, time, start="23:00") as day:
        await tell(day, 9, numbers)
        await use(day, hours=1, **BY_FORECAST)
        await day.move(3600)
        await tell(day, 10 if is_new else 9, numbers)
        await day.move(3600)
        await day.move(LITTLE)
        assert day.mines() is is_new


async def test_told_once_a_day(hass: HomeAssistant, time: TimeMachine) -> None:
    """Prices of the day do not grow old before the day is over."""
    async with a_day(hass, time) as day:
        await tell(day, 10, items())
        await use(day, **BY_FORECAST)
        await day.move(13 * 3600 + 1800)
        mined = []
        for hour in range(13, 17):
            mined += [hour] if day.mines() else []
            await day.move(3600)
        assert mined == [13, 14, 15]


@pytest.mark.parametrize("forecast", [items(), None], ids=["forecast", "price"])
async def test_vanished(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    forecast: Any,
) -> None:
    """A sensor that is gone has as long as one that is unknown; then both stop."""
    async with a_day(hass, time, count=2, start="12:00", state="hashing") as day:
        await tell(day, 12.6, forecast)
        await use(day, **(BY_FORECAST if forecast else BY_PRICE), hours=24)
        hass.states.async_remove(PRICE)
        await day.move(300)
        await tell(day, 12.6, forecast)
        await day.move(LITTLE)
        hass.states.async_remove(PRICE)
        for _ in range(19):
            await day.move(30)
        assert [day.mines(number) for number in range(2)] == [True, True]
        await day.move(LITTLE)
        await day.move(LITTLE)
        assert [day.mines(number) for number in range(2)] == [False, False]
    assert warnings(caplog) == []


async def test_silent(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A price that stays the same is none any more after half a day."""
    async with a_day(hass, time) as day:
        await tell(day, 10)
        await use(day, **BY_PRICE)
        for _ in range(23):
            await day.move(1800)
        assert day.mines()
        await day.move(1800)
        assert not day.mines()
        # The same price, told anew, is one again.
        await tell(day, 10)
        await day.move(600)
        await day.move(LITTLE)
        assert day.mines()
    assert warnings(caplog) == []


async def test_lost_between_two_stops(hass: HomeAssistant, time: TimeMachine) -> None:
    """What stopped the first miner need not be true for the second one."""
    async with a_day(hass, time, count=2, start="12:00", state="hashing") as day:
        await tell(day, 30)
        await use(day, **BY_PRICE)
        await tell(day, STATE_UNAVAILABLE)
        await day.move(540)
        assert [day.mines(number) for number in range(2)] == [True, False]
        await day.move(120)
        assert not day.mines()


async def test_set_by_hand(hass: HomeAssistant, time: TimeMachine) -> None:
    """A number that somebody has set holds until it is set anew."""
    async with a_day(hass, time) as day:
        hass.states.async_set("input_number.price", "10")
        await use(day, **{**BY_PRICE, "price_sensor": "input_number.price"})
        for _ in range(3):
            await day.move(5 * 3600)
        assert day.mines()
        assert day.starts() == 1


async def test_restart(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant is off when the price rises: judged anew when it is back."""
    async with a_day(hass, time, start="12:00") as day:
        await tell(day, PRICES[12])
        await use(day, **BY_PRICE)
        assert await live(day, 12, 13) == [12]
        await restart(day, 5)
        await day.move(LITTLE)
        # Nothing is switched only because of the restart.
        assert day.starts() == 1
        assert day.mines()
        await live(day, 13, 14)
        hass.states.async_set(PRICE, str(PRICES[16]), UNIT)
        await restart(day, 5)
        await day.move(LITTLE)
        assert not day.mines()
        await live(day, 16, 17)
        hass.states.async_set(PRICE, str(PRICES[12]), UNIT)
        await restart(day, 5)
        await day.move(LITTLE)
        assert day.mines()
    assert warnings(caplog) == []


async def test_guards(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A price that jumps about does not wear the miner out."""
    async with a_day(hass, time) as day:
        await tell(day, 30)
        await use(
            day,
            **{**BY_PRICE, "max_starts": 4},
        )
        for turn in range(120):
            await tell(day, 10 if turn % 2 else 30)
            await day.move(120)
        assert day.starts() == 4
        assert (on := day.shortest("on"))
        assert on >= timedelta(minutes=30)
        assert (off := day.shortest("off"))
        assert off >= timedelta(minutes=10)
        assert not day.mines()
    assert warnings(caplog) == []


async def test_override(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """While somebody wants it so, the automation leaves the miner alone."""
    async with a_day(hass, time, start="12:00") as day:
        hass.states.async_set("input_boolean.override", "on")
        await tell(day, PRICES[12])
        await use(
            day,
            override=["input_boolean.override"],
            **BY_PRICE,
        )
        assert await live(day, 12, 13) == []
        hass.states.async_set("input_boolean.override", "off")
        assert await live(day, 13, 14) == [13]
        hass.states.async_set("input_boolean.override", "on")
        assert await live(day, 17, 18) == [17]
        hass.states.async_set("input_boolean.override", "off")
        assert await live(day, 18, 19) == []
    assert warnings(caplog) == []


async def test_refused(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that refuses does not keep the others from starting, and is told once."""
    async with a_day(hass, time, count=2, start="12:00") as day:
        day.miners[0].faults.refuse["power_on"] = 132
        await tell(day, PRICES[12])
        await use(day, **BY_PRICE)
        for _ in range(40):
            await day.move(30)
        assert not day.miners[1].machine.mineroff
        assert [each.command for each in day.miners[0].log].count("power_on") == 3
        assert day.told == [
            "Miner 2 started: the price is 12.6 ct/kWh",
            "Miner 1 does not start: the price is 12.6 ct/kWh",
        ]
        # It is tried again every half hour, and does not hinder the stop.
        day.miners[0].faults.refuse.clear()
        for _ in range(30):
            await day.move(LITTLE)
        assert day.told[2:] == ["Miner 1 started: the price is 12.6 ct/kWh"]
        await tell(day, PRICES[17])
        for _ in range(40):
            await day.move(LITTLE)
        assert [miner.machine.mineroff for miner in day.miners] == [True, True]


@pytest.mark.usefixtures("short_commands")
async def test_disobeyed(hass: HomeAssistant, time: TimeMachine) -> None:
    """One that does not stop holds up the others for one try."""
    async with a_day(hass, time, count=3, start="12:00", state="hashing") as day:
        await tell(day, 10)
        await use(day, **BY_PRICE)
        day.miners[2].faults.disobey.add("power_off")
        await tell(day, 30)
        for _ in range(4):
            await day.move(31)
        assert [day.mines(number) for number in range(3)] == [False, False, True]


@pytest.mark.parametrize("who", ["price", "override"])
async def test_something_else_while_it_is_tried(
    hass: HomeAssistant, time: TimeMachine, who: str
) -> None:
    """What was right at the first try need not be at the second one."""
    async with a_day(hass, time, start="12:00") as day:
        hass.states.async_set("input_boolean.override", "off")
        day.miners[0].faults.refuse["power_on"] = 132
        await tell(day, 10)
        await use(day, override=["input_boolean.override"], **BY_PRICE)
        day.miners[0].faults.refuse.clear()
        if who == "price":
            await tell(day, 90)
        else:
            hass.states.async_set("input_boolean.override", "on")
        for _ in range(4):
            await day.move(31)
        assert not day.mines()
        assert day.told == []


async def test_told_in_vain(hass: HomeAssistant, time: TimeMachine) -> None:
    """Who tells may fail: the time between two miners, and after a failure, holds."""
    async with a_day(hass, time, count=3, start="12:00") as day:
        day.miners[2].faults.refuse["power_on"] = 132
        await tell(day, 10)
        await use(
            day, **{**BY_PRICE, "stagger": {"minutes": 10}, "notify": tell_in_vain(day)}
        )
        await day.move(540)
        assert [day.mines(number) for number in range(2)] == [True, False]
        for _ in range(30):
            await day.move(LITTLE)
        assert day.mines(1)
        assert len(day.told) == 3
