"""Power, temperature, fans, hash rate and shares of a machine.

The curves are fitted to the recorded moments of section 3.3 of the protocol notes;
where nothing is recorded (a mode's power, fan curve, loss of heat) they are plausible
inventions. Noise comes from the machine's seed and is stepped on machine time, so the
same seed and the same clock give the same machine however often it is asked.
"""

from collections import deque
from math import exp, pi, sin
from random import Random
from typing import TYPE_CHECKING

from .parts import Board, Counter, PoolState
from .profile import MachineProfile
from .settings import MODE_POWER, Settings

if TYPE_CHECKING:
    from .machine import Machine

STANDBY_POWER = 13.5
DARK_POWER = 262.0
"""Mining process up, chips dark (recorded at +24 s on an M60-class machine)."""
LOWEST_POWER = 0.3
"""The simulated chips draw no less than this part of the normal power."""
SHARE_DIFFICULTY = 131072
RATE_NOISE = 0.03
POWER_EXPONENT = 0.8
"""Hash rate follows power to this power: less power is more efficient."""
SPEED_LOSS = 0.03
"""The fastest ramp costs 2-3 % of efficiency."""


def _lag(value: float, target: float, dt: float, tau: float) -> float:
    """Return a value that follows its target with a delay."""
    return target + (value - target) * exp(-dt / tau)


class Physics:
    """Hold and step the physical quantities."""

    def __init__(self, profile: MachineProfile, random: Random, serial: str) -> None:
        """Build the boards at room temperature."""
        self.profile = profile
        self.random = random
        self.boards = [
            Board(
                slot=slot,
                chips=profile.chips_per_board,
                factory_ghs=round(profile.factory_ghs / profile.boards),
                # Paired boards share what is stored on their circuit board.
                serial=f"BHM{serial[-7:]:0>7}{self._store(slot):010d}",
                chip_data=profile.chip,
                quality=random.uniform(0.985, 1.01),
                finish=random.uniform(0.9, 0.99),
            )
            for slot in range(profile.boards)
        ]
        self.power_bias = random.uniform(0.99, 1.002)
        self.ambient = random.uniform(19.0, 25.0)
        self.env_temp = self.ambient
        self.power = STANDBY_POWER
        self.fan_in = 0.0
        self.fan_out = 0.0
        self.mains_voltage = profile.mains_voltage
        self.psu_fan = 0.0
        self.psu_temp = self.ambient
        self.liquid_temp = self.ambient
        self.pools: dict[int, PoolState] = {}
        self.percent_base = DARK_POWER
        self.percent_bend = 1.0
        """What the power does between percents is recorded nowhere: W at 0 %, and the
        exponent of the rest. A line is the simplest guess; a test has others."""
        self.power_samples: deque[int] = deque(maxlen=75)
        """Power every 4 s for five minutes, as firmware since 2024-11 averages it."""
        self.history: deque[tuple[float, float, int]] = deque(maxlen=288)
        """Machine time, hash rate in MH/s and power, every five minutes of a day."""
        self.counters = (Counter(), Counter())
        """What is counted since power came on, and in the whole life."""
        self.count_period: float | None = None
        """Seconds after which these begin anew."""
        self._sampled = 0.0
        self.power_at_once = False
        self.restart()

    def _store(self, slot: int) -> int:
        """Return the slot whose sensor and memory stand for a board."""
        return slot - slot % 2 if self.profile.paired else slot

    @property
    def mean_power(self) -> float:
        """Return the mean power of the last five minutes."""
        samples = self.power_samples
        return sum(samples) / len(samples) if samples else self.power

    def restart(self) -> None:
        """Start the counters anew, as a new mining process does."""
        for board in self.boards:
            board.clear()
        self.pools = {}
        self.percent = self.percent_goal = 1.0
        self.percent_fast = self.power_at_once = False
        self._share_part = 0.0

    def count_anew(self) -> None:
        """Begin the counters of energy and work at zero."""
        self.counters = (Counter(), Counter())

    def set_percent(self, percent: int, *, fast: bool) -> None:
        """Scale the tuned power; the fast way is quick but less efficient."""
        self.percent_goal = percent / 100
        self.percent_fast = fast

    def limit(self, settings: Settings, boards: int) -> int:
        """Return the power limit in force, W.

        Missing boards lower it; the part fits the one recorded case (2635 W with two
        of three boards).
        """
        limit = self.profile.normal_power * MODE_POWER[settings.power_mode]
        if settings.power_limit is not None:
            limit = min(limit, settings.power_limit)
        return round(limit * (0.3 + 0.7 * boards / self.profile.boards))

    def tuned(self, settings: Settings, boards: int) -> tuple[float, float]:
        """Return power in W and hash rate (1 is rated) once tuned."""
        normal = self.profile.normal_power
        wanted = self.limit(settings, boards)
        if settings.power is not None:
            wanted = min(wanted, settings.power)
        share = max(LOWEST_POWER, wanted / normal)
        level = share**POWER_EXPONENT
        if settings.target_percent:
            freq = max(LOWEST_POWER, 1 + settings.target_percent / 100)
            level = min(level, freq) if freq < 1 else level * freq
            share = max(LOWEST_POWER, min(share, freq ** (1 / POWER_EXPONENT)))
        level *= 1 - SPEED_LOSS * settings.upfreq_speed / 9
        return normal * share * self.power_bias, level

    def step(
        self, machine: Machine, lit: bool, progress: float, moment: float, dt: float
    ) -> None:
        """Let time pass."""
        settings = machine.running
        boards = machine.boards
        tuned_power, level = self.tuned(settings, len(boards))
        # Early tuning is at about a third of the frequency; later it flattens.
        ramp = 0.3 + 0.7 * (1 - (1 - progress) ** 1.6)
        if settings.fast_boot:
            quick = min(1.0, progress * machine.ramp_seconds / 60)
            ramp = max(ramp, 0.3 + 0.6 * quick)
        if lit:
            self._follow_percent(dt)
        mining = lit and machine.active_pool is not None and boards
        level *= ramp if mining else 0.0
        if self.percent_fast:
            level *= self.percent
        else:
            level *= self.percent**POWER_EXPONENT
        self._step_boards(boards, level, progress, dt, bool(machine.mining_up))
        self._step_power(machine, bool(mining), ramp, tuned_power, dt)
        rate = sum(board.averages.rate["5s"] for board in boards)
        if self.count_period and moment % self.count_period < dt:
            self.count_anew()
        for counter in self.counters:
            counter.add(self.power, rate, dt)
        self._step_heat(machine, moment, dt)
        self._step_records(boards, moment)
        if mining:
            self._step_shares(machine, boards, moment, dt)

    def _step_records(self, boards: list[Board], moment: float) -> None:
        """Keep the last five minutes of power, and a day of history."""
        count = min(75, int((moment - self._sampled) / 4))
        if count:
            self.power_samples.extend([round(self.power)] * count)
            self._sampled = moment
        if not self.history or moment - self.history[-1][0] >= 300:
            rate = sum(board.averages.rate["1m"] for board in boards)
            self.history.append((moment, rate, round(self.power)))

    def _follow_percent(self, dt: float) -> None:
        """Move to the wanted part of the power: in a second or in minutes."""
        step = dt * (1.0 if self.percent_fast else 1 / 240)
        gap = self.percent_goal - self.percent
        self.percent += min(step, max(-step, gap))

    def _step_boards(
        self, boards: list[Board], level: float, progress: float, dt: float, up: bool
    ) -> None:
        """Let the boards hash."""
        noise = RATE_NOISE / dt**0.5
        for board in boards:
            board.frequency = self.profile.target_freq * level * board.quality
            board.upfreq_complete = progress >= board.finish
            if up:
                rate = board.factory_ghs * 1000 * level * board.quality
                rate *= board.working / board.chips
                if rate:
                    rate *= max(0.0, 1 + self.random.gauss(0, noise))
                board.averages.add(rate, dt)

    def _step_power(
        self, machine: Machine, mining: bool, ramp: float, tuned: float, dt: float
    ) -> None:
        """Follow the power the state asks for."""
        goal = STANDBY_POWER
        if mining:
            part = (
                max(ramp, 0.97) if machine.running.fast_boot and ramp >= 0.9 else ramp
            )
            goal = DARK_POWER + (tuned - DARK_POWER) * part
            base = min(self.percent_base, goal)
            goal = base + (goal - base) * self.percent**self.percent_bend
            goal *= 1 + self.random.gauss(0, 0.01)
        elif machine.mining_up:
            goal = DARK_POWER
        tau = 10.0 if goal > self.power else 3.0
        if self.percent != self.percent_goal or self.percent_fast or self.power_at_once:
            tau = 0.5
        self.power = _lag(self.power, goal, dt, tau)

    def _step_heat(self, machine: Machine, moment: float, dt: float) -> None:
        """Move temperatures and fans."""
        settings = machine.settings
        offset = machine.running.temp_offset
        load = max(0.0, self.power - STANDBY_POWER) / self.profile.normal_power
        day = sin(2 * pi * moment / 86400)
        self.env_temp = self.ambient + 2.5 * day + 3 * load
        # A mock has 36 degrees at full load.
        self.liquid_temp = _lag(self.liquid_temp, self.ambient + 14 * load, dt, 120)
        if self.profile.cooling == "immersion":
            self.env_temp = self.liquid_temp
        rise = self.profile.board_rise * load
        if load > 0.5:
            rise += offset
        for board in self.boards:
            goal = self.env_temp + rise + 1.5 * load * (board.slot - 0.5)
            goal += self.random.gauss(0, 0.6 * load)
            tau = 60.0 if goal > board.temperature else 150.0
            board.temperature = _lag(board.temperature, goal, dt, tau)
            if self._store(board.slot) != board.slot:
                board.temperature = self.boards[board.slot - 1].temperature
        share = 0.62 * load + (self.env_temp - 15) / 75 - offset / 60
        full = self.profile.full_fan_speed
        speed = min(full * 1.1, 1900 + (full - 1900) * max(0.0, share))
        hot = max(board.temperature for board in self.boards)
        if load < 0.12 or (settings.fan_zero_speed and hot < 45):
            # Recorded: still 24 s after the start of the mining process.
            cooling = settings.poweroff_cool and machine.mineroff
            speed = 2000.0 if cooling else 0.0
        psu_speed = 6000 * min(1.1, load + 0.05) if load else 0.0
        if self.profile.is_liquid:
            speed = psu_speed = 0.0
        self.fan_in = _lag(self.fan_in, speed, dt, 6.0)
        self.fan_out = _lag(self.fan_out, speed * 0.985, dt, 6.0)
        self.psu_fan = _lag(self.psu_fan, psu_speed, dt, 6)
        self.psu_temp = _lag(self.psu_temp, self.env_temp + 10 * load, dt, 120)
        self.mains_voltage = self.profile.mains_voltage + self.random.gauss(0, 0.5)

    def _step_shares(
        self, machine: Machine, boards: list[Board], moment: float, dt: float
    ) -> None:
        """Find shares, about one in five seconds, and hand them to the pool."""
        rate = sum(board.averages.rate["1m"] for board in boards) * 1e6
        self._share_part += (
            rate * dt / (SHARE_DIFFICULTY * 2**32) * self.random.expovariate(1)
        )
        index = machine.active_pool
        assert index is not None
        pool = self.pools.setdefault(index, PoolState())
        pool.getworks = max(pool.getworks, int((moment - machine.started_at) / 30))
        while self._share_part >= 1:
            self._share_part -= 1
            board = self.random.choice(boards)
            board.last_work = moment
            if self.random.random() < 0.001:
                board.rejected += 1
                pool.rejected += 1
                continue
            board.accepted += 1
            pool.accepted += 1
            pool.last_share = moment
            best = int(SHARE_DIFFICULTY / (1 - self.random.random()))
            pool.best_share = max(pool.best_share, best)
