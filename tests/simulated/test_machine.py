"""The machine in its own time, without a network."""

from itertools import pairwise

import pytest

from tests.simulator import MODELS, Machine, ManualClock, Phase
from tests.simulator.clock import ScaledClock
from tests.simulator.profile import get_profile
from tests.simulator.settings import Settings

PROFILE = MODELS["M50S_VH50"]


def build(clock: ManualClock, state: str = "hashing", seed: int = 1) -> Machine:
    """Return a machine."""
    return Machine(PROFILE, clock, seed, state)


def phase(machine: Machine) -> Phase:
    """Return the phase, which changes behind mypy's back."""
    return machine.phase


def rate(machine: Machine, window: str = "1m") -> float:
    """Return a hash rate in TH/s."""
    return sum(board.averages.rate[window] for board in machine.boards) / 1e6


def run(machine: Machine, clock: ManualClock, seconds: float) -> None:
    """Let time pass."""
    clock.advance(seconds)
    machine.advance()


def run_until(
    machine: Machine, clock: ManualClock, wanted: Phase, limit: int = 3000
) -> int:
    """Let time pass until a phase, return how long that took."""
    for seconds in range(limit):
        if phase(machine) is wanted:
            return seconds
        run(machine, clock, 1)
    raise AssertionError(f"{wanted} not reached, still {machine.phase}")


def test_uptimes_by_the_clock_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lives faster does not seem to have started ever earlier."""
    now = 1000.0
    monkeypatch.setattr("tests.simulator.clock.time", lambda: now)
    machine = Machine(PROFILE, ScaledClock(20), 1, "hashing")
    uptimes = machine.uptime, machine.elapsed
    assert uptimes[0] > 8000
    now += 30
    machine.advance()
    assert (machine.uptime, machine.elapsed) == (uptimes[0] + 30, uptimes[1] + 30)


@pytest.mark.parametrize("seed", range(5))
def test_boot_to_stable(clock: ManualClock, seed: int) -> None:
    """A boot goes over dark chips and a ramp to stable hashing."""
    machine = build(clock, "booting", seed)
    assert phase(machine) is Phase.BOOTING
    assert not machine.mining_up
    assert 18 <= run_until(machine, clock, Phase.STARTING) <= 28
    assert machine.elapsed == 0
    assert machine.uptime >= 18
    run(machine, clock, 24)
    assert phase(machine) is Phase.STARTING
    assert machine.power_limit == 3300
    assert rate(machine) == 0
    assert machine.physics.fan_in == 0
    assert 200 < machine.physics.power < 265

    run_until(machine, clock, Phase.RAMPING)
    powers, rates = [], []
    while phase(machine) is Phase.RAMPING:
        run(machine, clock, 60)
        powers.append(machine.physics.power)
        rates.append(rate(machine))
    assert 900 <= machine.stable_cost <= 1501
    assert machine.hash_stable
    assert all(board.upfreq_complete for board in machine.boards)
    # It climbs, apart from noise, and early on it is far from the end.
    assert rates[0] < 0.4 * rates[-1]
    for early, late in pairwise(powers):
        assert late > early - 60
    run(machine, clock, 5400)
    assert 0.94 < machine.physics.power / machine.power_limit < 1.012
    assert 0.97 < rate(machine) / 126 < 1.02
    assert 1900 < machine.physics.fan_in < 5600
    assert rate(machine, "15m") == pytest.approx(rate(machine), rel=0.01)
    average = sum(board.averages.average for board in machine.boards) / 1e6
    assert average < rate(machine)


def test_no_negative_drift_over_days(clock: ManualClock) -> None:
    """A machine nobody asks for a month is still itself."""
    machine = build(clock)
    run(machine, clock, 30 * 86400)
    assert machine.elapsed > 30 * 86400
    assert 0.94 < machine.physics.power / 3300 < 1.02
    assert rate(machine) == pytest.approx(126, rel=0.04)
    shares = machine.physics.pools[0].accepted
    assert shares == pytest.approx(0.22 * 30 * 86400, rel=0.15)


def test_same_seed_same_machine(clock: ManualClock) -> None:
    """Seed and clock decide, not how often the machine is asked."""
    one, two, other = build(clock), build(clock), build(clock, seed=2)
    for _ in range(100):
        run(one, clock, 7)
    two.advance()
    other.advance()
    assert rate(one) == rate(two)
    assert one.physics.power == two.physics.power
    assert one.physics.pools == two.physics.pools
    assert rate(one) != rate(other)


def test_power_off_and_on(clock: ManualClock) -> None:
    """Off means 13-14 W, cooling down and counters gone; on starts anew."""
    machine = build(clock)
    uptime = machine.uptime
    machine.power_off()
    run(machine, clock, 60)
    assert machine.mineroff
    assert machine.off_reason == "by whatsminer api"
    assert 13 <= machine.physics.power <= 14
    assert machine.power_limit == 0
    assert machine.elapsed == machine.stable_cost == 0
    assert machine.uptime == uptime + 60
    assert rate(machine) == 0
    assert machine.physics.fan_in < 1
    warm = machine.boards[0].temperature
    run(machine, clock, 600)
    assert machine.boards[0].temperature < warm - 10

    machine.power_off()
    machine.power_on()
    assert phase(machine) is Phase.RESTARTING
    run(machine, clock, 30)
    assert phase(machine) is Phase.STARTING
    assert machine.elapsed < 30
    run_until(machine, clock, Phase.HASHING)
    machine.power_on()
    assert phase(machine) is Phase.HASHING


def test_cooling_while_off(clock: ManualClock) -> None:
    """Fans run on after power_off if told so."""
    machine = build(clock)
    machine.settings.poweroff_cool = True
    machine.power_off()
    run(machine, clock, 120)
    assert machine.physics.fan_in == pytest.approx(2000, rel=0.01)


def test_limit_change(clock: ManualClock) -> None:
    """For 60-90 s the limit reads 0 and nothing hashes; then it ramps to less."""
    machine = build(clock)
    machine.settings.power_limit = 2500
    machine.restart(limit_changed=True)
    dark = 0
    while machine.power_limit == 0:
        run(machine, clock, 1)
        dark += 1
        assert rate(machine) < 1
    assert 60 <= dark <= 90
    assert phase(machine) is Phase.RAMPING
    assert machine.power_limit == 2500
    run_until(machine, clock, Phase.HASHING)
    run(machine, clock, 300)
    assert machine.physics.power == pytest.approx(2480, rel=0.03)
    # Less power is more efficient.
    assert 126 * 2500 / 3300 < rate(machine) < 126


def test_limit_too_low(clock: ManualClock) -> None:
    """Mining starts every few minutes, with a limit of 0, until the limit is higher."""
    machine = build(clock)
    machine.lowest_limit = 2000
    machine.settings.power_limit = 1000
    machine.restart(limit_changed=True)
    starts = set()
    for _ in range(1800):
        run(machine, clock, 1)
        assert (machine.power_limit, rate(machine)) == (0, 0)
        assert machine.elapsed <= 240
        starts.add(machine.started_at)
    assert 1800 / 246 - 1 < len(starts) < 1800 / 153 + 2
    machine.settings.power_limit = 2000
    machine.restart(limit_changed=True)
    run_until(machine, clock, Phase.HASHING)
    assert machine.power_limit == 2000


def test_plain_restart_keeps_limit(clock: ManualClock) -> None:
    """restart_btminer does not show a limit of 0 once the process runs."""
    machine = build(clock)
    machine.restart()
    run_until(machine, clock, Phase.STARTING)
    assert machine.power_limit == 3300


def test_settings_wait_for_a_start(clock: ManualClock) -> None:
    """What acts from the next start of mining does not act before."""
    machine = build(clock)
    machine.settings.power_limit = 2500
    machine.settings.fast_boot = True
    run(machine, clock, 60)
    assert machine.power_limit == 3300
    machine.power_off()
    machine.restart()
    assert machine.mineroff
    machine.power_on()
    run_until(machine, clock, Phase.RAMPING)
    assert machine.power_limit == 2500


def test_fast_boot(clock: ManualClock) -> None:
    """With fast boot the power is there in about a minute, stability is not."""
    machine = build(clock, "stopped")
    machine.settings.fast_boot = True
    machine.power_on()
    run_until(machine, clock, Phase.RAMPING)
    run(machine, clock, 90)
    assert machine.physics.power > 0.9 * 3300
    assert not machine.hash_stable
    assert run_until(machine, clock, Phase.HASHING) > 600


@pytest.mark.parametrize(
    ("speed", "low", "high"), [(0, 900, 1500), (5, 370, 640), (9, 250, 430)]
)
def test_ramp_speed(clock: ManualClock, speed: int, low: int, high: int) -> None:
    """A higher ramp speed is stable sooner."""
    machine = build(clock, "stopped")
    machine.settings.upfreq_speed = speed
    machine.power_on()
    run_until(machine, clock, Phase.HASHING)
    assert low <= machine.stable_cost <= high


def test_reboot(clock: ManualClock) -> None:
    """The API is away for about a minute, then it mines again."""
    machine = build(clock)
    machine.reboot()
    away = 0
    while not machine.api_up:
        run(machine, clock, 1)
        away += 1
    assert 45 <= away <= 60
    assert machine.uptime < 20
    assert phase(machine) is Phase.BOOTING
    run_until(machine, clock, Phase.HASHING)
    assert machine.elapsed < machine.uptime


def test_power_percent(clock: ManualClock) -> None:
    """The fast way takes a second, the normal one minutes; a restart ends both."""
    machine = build(clock)
    full = machine.physics.power
    assert machine.set_power_percent(50, fast=True)
    run(machine, clock, 4)
    assert machine.physics.power == pytest.approx(full * 0.52, rel=0.05)
    machine.restart()
    assert not machine.set_power_percent(50, fast=True)
    run_until(machine, clock, Phase.HASHING)
    run(machine, clock, 120)
    assert machine.physics.power == pytest.approx(full, rel=0.03)
    assert machine.set_power_percent(50, fast=False)
    run(machine, clock, 10)
    assert machine.physics.power > 0.9 * full
    run(machine, clock, 300)
    assert machine.physics.power == pytest.approx(full * 0.52, rel=0.05)


def test_target_frequency(clock: ManualClock) -> None:
    """A lower frequency gives less of both, power falling further."""
    machine = build(clock)
    machine.settings.target_percent = -20
    machine.restart()
    run_until(machine, clock, Phase.HASHING)
    run(machine, clock, 600)
    assert rate(machine) == pytest.approx(0.8 * 126, rel=0.03)
    assert machine.physics.power == pytest.approx(0.757 * 3300, rel=0.03)


def test_temperature_offset(clock: ManualClock) -> None:
    """A lower wanted temperature takes faster fans, from the next start on."""
    machine = build(clock)
    warm, slow = machine.boards[0].temperature, machine.physics.fan_in
    machine.settings.temp_offset = -10
    machine.restart()
    run_until(machine, clock, Phase.HASHING)
    run(machine, clock, 600)
    assert machine.boards[0].temperature < warm - 6
    assert machine.physics.fan_in > slow + 300


def test_missing_board(clock: ManualClock) -> None:
    """A missing board is gone from the list, lowers the limit and is an error."""
    machine = build(clock)
    machine.missing_boards.add(1)
    run(machine, clock, 300)
    assert [board.slot for board in machine.boards] == [0, 2]
    assert machine.power_limit == 2530
    assert 531 in machine.active_errors()
    assert rate(machine) < 90


def test_dead_pools(clock: ManualClock) -> None:
    """A dead pool is skipped; without any the hash rate falls to nothing."""
    machine = build(clock)
    machine.dead_pools = {0}
    run(machine, clock, 300)
    assert machine.active_pool == 1
    assert machine.physics.pools[1].accepted
    machine.dead_pools = {0, 1, 2}
    run(machine, clock, 900)
    assert rate(machine) < 0.01
    assert list(machine.active_errors()) == [2010]
    machine.settings.pools = []
    assert list(machine.active_errors()) == [2000]


def test_profiles() -> None:
    """Only known models can be asked for; a firmware has a date."""
    assert get_profile("M50S_VH50", "20240624.18.REL").firmware_date == 20240624
    with pytest.raises(ValueError, match="unknown model"):
        get_profile("S19")
    with pytest.raises(ValueError, match="date"):
        get_profile("M50S_VH50", "latest")


@pytest.mark.parametrize(
    ("zone", "offset"), [("CST-8", 28800), ("UTC0", 0), ("EST5", -18000), ("?", 0)]
)
def test_zone(zone: str, offset: int) -> None:
    """POSIX zones count westwards; what cannot be read is UTC."""
    assert Settings(timezone=zone).utc_offset == offset


def test_wrong_state(clock: ManualClock) -> None:
    """Only known states can be started in."""
    with pytest.raises(ValueError, match="state must be"):
        build(clock, "asleep")


@pytest.mark.parametrize("state", ["booting", "ramping", "hashing", "stopped"])
@pytest.mark.parametrize("model", MODELS)
def test_start_states(clock: ManualClock, model: str, state: str) -> None:
    """Every model starts in every state."""
    machine = Machine(MODELS[model], clock, 1, state)
    assert machine.phase == state
