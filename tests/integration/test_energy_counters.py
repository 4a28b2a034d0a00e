"""The miner's own counters of energy: when they fill a gap, and when they do not."""

from collections.abc import Callable
from dataclasses import dataclass, field
import json

import pytest

from custom_components.whatsminer.energy import EnergyMeter

HOUR = 3600
WATTS = 3300.0
POLL = 15.0


@dataclass
class House:
    """A miner that draws power, and a Home Assistant that looks at it or does not."""

    counts: Callable[[float], float] = lambda energy: energy
    """What the miner's counter shows for the energy that it has used."""
    name: str = "lifetime"
    power: float = WATTS
    now: float = 1.8e9
    used: float = 500.0
    """kWh since the miner was made."""
    meter: EnergyMeter = field(default_factory=EnergyMeter)

    def look(self, hours: float, *, power: bool = True, counter: bool = True) -> None:
        """Let Home Assistant read the miner for a while."""
        for _ in range(round(hours * HOUR / POLL)):
            self.pass_by(POLL / HOUR)
            self.meter.take(
                self.power if power else None, moment=self.now, longest=3 * POLL
            )
            self.meter.compare(
                {self.name: self.counts(self.used) if counter else None}, now=self.now
            )

    def pass_by(self, hours: float) -> None:
        """Let time pass without a look."""
        self.now += hours * HOUR
        self.used += self.power / 1000 * hours

    def restart(self) -> None:
        """Restart Home Assistant: only what is stored stays."""
        self.meter = EnergyMeter.from_json(json.loads(json.dumps(self.meter.as_json())))


def every(step: float) -> Callable[[float], float]:
    """Return a counter that counts in steps."""
    return lambda energy: energy // step * step


@pytest.mark.parametrize(
    "house",
    [
        House(),
        House(name="since_power_on"),
        House(counts=lambda energy: energy - 499.0),
        House(counts=lambda energy: energy + 1e6),
        House(counts=lambda energy: 1.02 * energy),
        House(counts=every(0.03)),
        House(counts=every(0.2)),
    ],
    ids=["exact", "name", "from zero", "large", "2 % more", "half a minute", "coarse"],
)
def test_a_third_of_a_day_is_filled(house: House) -> None:
    """Home Assistant off for 8 of 24 h: the sum is right within 1 %."""
    begin = house.used
    house.look(8)
    house.restart()
    house.pass_by(8)
    house.look(8)
    assert house.meter.total == pytest.approx(house.used - begin, rel=0.01)


def test_changing_power_is_filled() -> None:
    """What the miner draws in the gap counts, not what it drew before and after."""
    house = House()
    begin = house.used
    house.look(2)
    for house.power in (15.0, 5000.0, 3300.0):
        house.pass_by(2)
    house.look(2)
    assert house.meter.total == pytest.approx(house.used - begin, rel=0.01)


def test_miner_out_of_reach_or_without_power_reading() -> None:
    """Gaps while Home Assistant runs are filled, too, short and long ones."""
    house = House()
    begin = house.used
    house.look(1)
    for minutes in (1, 1, 5, 600):
        house.look(minutes / 60, power=False, counter=False)
        house.look(1 / 60)
    house.look(1, power=False)
    house.look(1)
    assert house.meter.total == pytest.approx(house.used - begin, rel=0.01)


def test_counter_that_comes_later_than_the_power() -> None:
    """A gap waits for the counter, and what was added meanwhile counts once."""
    house = House()
    begin = house.used
    house.look(1)
    house.restart()
    house.pass_by(3)
    house.look(1, counter=False)
    house.look(1)
    assert house.meter.total == pytest.approx(house.used - begin, rel=0.01)


@pytest.mark.parametrize(
    "counts",
    [
        lambda energy: 1.1 * energy,
        lambda energy: 0.9 * energy,
        lambda energy: energy * 1000,
        lambda energy: energy / 3600,
        lambda _: 500.0,
        lambda energy: -energy,
        lambda energy: 1e308 * energy,
        lambda energy: 2000.0 - energy,
    ],
    ids=["more", "less", "unit", "other unit", "still", "below", "absurd", "back"],
)
def test_counter_that_disagrees_fills_nothing(counts: Callable[[float], float]) -> None:
    """A counter of another rate or unit is never believed."""
    house = House(counts=counts)
    house.look(4)
    before = house.meter.total
    assert before == pytest.approx(4 * 3.3, rel=0.01)
    house.restart()
    house.pass_by(8)
    house.look(1)
    assert house.meter.total == pytest.approx(before + 3.3, rel=0.01)


def test_too_short_to_be_believed() -> None:
    """A counter that was not compared for half an hour fills nothing."""
    house = House()
    house.look(0.4)
    before = house.meter.total
    house.pass_by(8)
    house.look(0.1)
    assert house.meter.total == pytest.approx(before + 0.33, rel=0.02)


def test_reset_fills_nothing_and_is_believed_again() -> None:
    """A counter that began anew in the gap says nothing of the gap."""
    house = House()
    house.look(1)
    before = house.meter.total
    house.pass_by(8)
    start = house.used
    house.counts = lambda energy: energy - start
    house.look(1)
    assert house.meter.total == pytest.approx(before + 3.3, rel=0.01)
    house.pass_by(8)
    house.look(1)
    assert house.meter.total == pytest.approx(before + 10 * 3.3, rel=0.01)


@pytest.mark.parametrize("step", [60.0, 1193.0, 1e9])
@pytest.mark.parametrize("is_seen", [True, False])
def test_step_fills_nothing(step: float, is_seen: bool) -> None:
    """A counter that counts more than the miner can draw is not believed."""
    house = House()
    house.look(1)
    before, gap = house.meter.total, 0.0
    house.counts = lambda energy: energy + step
    if not is_seen:
        house.pass_by(8)
    house.look(0.25)
    house.pass_by(gap := 4.0)
    house.look(1)
    assert house.meter.total == pytest.approx(before + 1.25 * 3.3, rel=0.01)
    house.pass_by(gap)
    house.look(1)
    assert house.meter.total == pytest.approx(before + 6.25 * 3.3, rel=0.01)


def test_the_other_counter_fills() -> None:
    """Where one began anew with a reboot in the gap, the other one fills it."""
    house = House()
    rebooted = 0.0

    def look(hours: float) -> None:
        """Read both counters."""
        for _ in range(round(hours * HOUR / POLL)):
            house.pass_by(POLL / HOUR)
            house.meter.take(WATTS, moment=house.now, longest=3 * POLL)
            house.meter.compare(
                {"lifetime": house.used - rebooted, "since_power_on": house.used},
                now=house.now,
            )

    begin = house.used
    look(1)
    house.pass_by(4)
    rebooted = house.used
    house.pass_by(4)
    look(1)
    assert house.meter.total == pytest.approx(house.used - begin, rel=0.01)


def test_clock_that_goes_back() -> None:
    """With a clock that was set back it is not known how long the gap was."""
    house = House()
    house.look(1)
    before = house.meter.total
    house.pass_by(8)
    house.now -= 10 * HOUR
    house.look(0.5)
    assert house.meter.total == pytest.approx(before + 1.65, rel=0.02)


@pytest.mark.parametrize(
    "power", [-1.0, 20_001.0, 65_535.0, 1e6, 2147483647.0, 1e11, float("nan"), 1e400]
)
def test_absurd_power_adds_nothing(power: float) -> None:
    """A power that cannot be is a gap; the counter knows what was used in it."""
    for counter, gap in ((False, 2 * POLL), (True, 0.0)):
        house = House()
        house.look(1, counter=counter)
        house.power, before = power, house.used
        house.pass_by(POLL / HOUR)
        house.meter.take(power, moment=house.now, longest=3 * POLL)
        house.power, house.used = WATTS, before + WATTS / 1000 * POLL / HOUR
        house.look(1, counter=counter)
        total = (house.used - 500.0) - (gap + POLL) / HOUR * 3.3
        assert house.meter.total == pytest.approx(total, abs=0.03)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        [],
        {"total": "1", "highest": 0, "counters": {}},
        {"total": True, "highest": 0, "counters": {}},
        {"total": -1.0, "highest": 0, "counters": {}},
        {"total": float("inf"), "highest": 0, "counters": {}},
        {"total": 1.0, "highest": 0, "counters": []},
        {"total": 1.0, "highest": 0, "counters": {"lifetime": 1}},
        {"total": 1.0, "highest": 0, "counters": {"lifetime": {"value": 1}}},
    ],
)
def test_stored_nonsense(stored: dict[str, object]) -> None:
    """What is no sum is said to be none."""
    with pytest.raises(ValueError, match="no "):
        EnergyMeter.from_json(stored)
