"""The machine: its state machine and what it does to settings.

How long things take follows section 3.3 of the protocol notes: the mining process
starts 18-27 s after the board, the chips stay dark for most of a minute (60-90 s with
`Power Limit` 0 after a change of limit), and tuning ends 15-25 minutes after the
start, sooner with a higher ramp speed.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from pickle import dumps, loads
from random import Random

from .clock import Clock
from .parts import Board
from .physics import Physics
from .profile import MachineProfile
from .settings import Network, Settings

MAX_FINE_GAP = 7200.0
"""Up to this gap in s, time is stepped by the second; beyond it in 7200 steps."""

# Against the time at speed 0 (median of 179 recorded answers: 1369 s); speeds 5-6
# take 8-10 minutes and 8-10 take 6-7; between these the simulator interpolates.
RAMP_FACTORS = (1.0, 0.85, 0.7, 0.6, 0.5, 0.42, 0.38, 0.33, 0.3, 0.28, 0.26)


class Phase(StrEnum):
    """What the machine is doing."""

    REBOOTING = "rebooting"
    """The control board restarts: nothing answers."""
    BOOTING = "booting"
    """The control board is up, the mining process is not yet."""
    RESTARTING = "restarting"
    """The mining process is away for a few seconds."""
    STARTING = "starting"
    """The mining process is up, the chips are still dark."""
    RAMPING = "ramping"
    """Tuning: frequency and power climb."""
    HASHING = "hashing"
    """Tuned and stable."""
    STOPPED = "stopped"
    """Switched off by command; the control board stays up."""


START_STATES = ("booting", "ramping", "hashing", "stopped")
_DARK = (Phase.REBOOTING, Phase.BOOTING, Phase.RESTARTING, Phase.STOPPED)


@lru_cache(maxsize=64)
def _past(
    profile: MachineProfile, now: float, seed: int, state: str, serial: str
) -> bytes:
    """Return what a machine has become: tests begin with the same few again and again."""
    machine = object.__new__(Machine)
    machine.live(profile, now, seed, state, serial)
    return dumps(vars(machine))


class Machine:
    """A machine in scalable time."""

    def __init__(
        self,
        profile: MachineProfile,
        clock: Clock,
        seed: int = 1,
        state: str = "hashing",
        serial: str = "SIM0000000001",
    ) -> None:
        """Bring the machine into one of the start states."""
        if state not in START_STATES:
            raise ValueError(f"state must be one of {', '.join(START_STATES)}")
        self.clock = clock
        vars(self).update(loads(_past(profile, clock.now(), seed, state, serial)))

    def live(
        self, profile: MachineProfile, now: float, seed: int, state: str, serial: str
    ) -> None:
        """Live from the start of the board to a machine time."""
        self.profile = profile
        self.settings = Settings()
        self.running = replace(self.settings)
        """The settings the mining process started with; most act from its start."""
        self.serial = serial
        self.factory_errors: list[int] = []
        """Error codes noted in the factory; only 1.x firmware shows them."""
        self.random = Random(seed)
        self.error_codes: dict[int, float] = {}
        """Active error codes and the machine time they came up."""
        self.pretended_codes: set[int] = set()
        """Those of them that a file pretends."""
        self.missing_boards: set[int] = set()
        self.dead_pools: set[int] = set()
        """Indexes, from 0, of pools that do not answer."""
        self.off_since = 0.0
        self.off_reason = ""
        self.warm_since: float | None = None
        self.lowest_limit = 0
        """The least W with which mining starts; below, it restarts for ever."""
        self.limit_changing = False
        self.ramp_seconds = 0.0
        self.stable_cost = 0
        self.reboots = 0
        self.planned: list[tuple[float, Callable[[], object]]] = []
        """What is to be done, and at which machine time."""
        self.started_at = 0.0
        """Machine time at which the mining process started."""
        age = {"booting": 0.0, "ramping": 340.0}.get(state, 9000.0)
        self._time = now - age
        self.booted_at = self._time
        self.physics = Physics(profile, self.random, serial)
        self._enter(Phase.BOOTING)
        if age > 600:
            # Coarse between a fine start and a fine end.
            self._run(self._time + 60, 1.0)
            self._run(now - 900, 30.0)
            if state == "stopped":
                self.power_off()
            self._run(now - 60, 30.0)
        self._run(now, 1.0)

    # Reading the state.

    @property
    def api_up(self) -> bool:
        """Tell whether the control board answers.

        It is taken to do so from 12 s after its start; no recording tells.
        """
        return self.phase is not Phase.REBOOTING and (
            self.reboots == 0 or self._time - self.booted_at >= 12
        )

    @property
    def mining_up(self) -> bool:
        """Tell whether the mining process runs."""
        return self.phase not in _DARK

    @property
    def mineroff(self) -> bool:
        """Tell whether the machine was switched off."""
        return self.phase is Phase.STOPPED

    @property
    def elapsed(self) -> int:
        """Return the seconds since the mining process started, 0 without it."""
        return self.seconds_since(self.started_at) if self.mining_up else 0

    @property
    def uptime(self) -> int:
        """Return the seconds since the control board started."""
        return max(0, self.seconds_since(self.booted_at))

    def seconds_since(self, moment: float) -> int:
        """Return the seconds to show since a machine time, by the clients' clock."""
        return int(self.clock.wall() - self.clock.wall_at(moment))

    @property
    def hash_stable(self) -> bool:
        """Tell whether tuning is over."""
        return self.phase is Phase.HASHING

    @property
    def boards(self) -> list[Board]:
        """Return the boards that are there."""
        return [
            board
            for board in self.physics.boards
            if board.slot not in self.missing_boards
        ]

    @property
    def power_limit(self) -> int:
        """Return the limit in force, W: 0 when off and just after a change."""
        if not self.mining_up or (self.limit_changing and not self._lit):
            return 0
        return self.physics.limit(self.running, len(self.boards))

    @property
    def _is_starved(self) -> bool:
        """Tell whether the limit is too low for any frequency."""
        return self.physics.limit(self.running, len(self.boards)) < self.lowest_limit

    @property
    def active_pool(self) -> int | None:
        """Return the index of the pool mined for."""
        for index in range(len(self.settings.pools)):
            if index not in self.dead_pools:
                return index
        return None

    def active_errors(self) -> dict[int, float]:
        """Return the error codes and their machine times."""
        codes = dict(self.error_codes)
        for slot in sorted(self.missing_boards):
            codes.setdefault(530 + slot, self.booted_at)
        if not self.settings.pools:
            codes.setdefault(2000, self.started_at)
        elif self.active_pool is None:
            codes.setdefault(2010, self.started_at)
        return codes

    @property
    def _lit(self) -> bool:
        """Tell whether the chips work."""
        return self.phase in {Phase.RAMPING, Phase.HASHING}

    # Time.

    def advance(self) -> None:
        """Bring the machine up to its clock."""
        gap = self.clock.now() - self._time
        self._run(self.clock.now(), max(1.0, gap / MAX_FINE_GAP))

    def _run(self, until: float, step: float) -> None:
        """Step until a machine time."""
        while self._time + step <= until:
            self._time += step
            if self._time >= self._phase_end:
                self._next_phase()
            if self.planned:
                self._carry_out()
            self.physics.step(self, self._lit, self.ramp_progress(), self._time, step)

    def plan(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something after so many seconds."""
        self.planned.append((self._time + seconds, act))

    def _carry_out(self) -> None:
        """Do what is due."""
        due = [act for at, act in self.planned if at <= self._time]
        self.planned = [each for each in self.planned if each[0] > self._time]
        for act in due:
            act()

    def ramp_progress(self) -> float:
        """Return how much of the tuning is done, 0 to 1."""
        if self.phase is Phase.HASHING:
            return 1.0
        if self.phase is not Phase.RAMPING:
            return 0.0
        return min(1.0, (self._time - self._phase_start) / self.ramp_seconds)

    def _enter(self, phase: Phase) -> None:
        """Begin a phase and decide when it ends."""
        self.phase = phase
        self._phase_start = self._time
        match phase:
            case Phase.REBOOTING:
                length = self.random.uniform(35, 45)
            case Phase.BOOTING:
                self.booted_at = self._time
                length = self.random.uniform(18, 27)
            case Phase.RESTARTING:
                length = self.random.uniform(3, 6)
            case Phase.STARTING:
                self.started_at = self._time
                self.running = replace(self.settings)
                self.stable_cost = 0
                self.physics.restart()
                if self._is_starved:
                    # An M64_VL40 at 1000 W, every 2.5 to 4 minutes; it takes the limit.
                    length = self.random.uniform(150, 240)
                else:
                    dark = (58, 82) if self.limit_changing else (35, 50)
                    length = self.random.uniform(*dark)
            case Phase.RAMPING:
                total = min(1500.0, max(900.0, self.random.gauss(1369, 170)))
                if not self.running.fast_boot:
                    # Ramp speed and fast boot do not go together.
                    total *= RAMP_FACTORS[self.running.upfreq_speed]
                length = total - (self._time - self.started_at)
                self.ramp_seconds = length
                self.limit_changing = False
            case Phase.HASHING | Phase.STOPPED:
                length = float("inf")
        self._phase_end = self._time + length

    def _next_phase(self) -> None:
        """Go on when a phase is over."""
        match self.phase:
            case Phase.REBOOTING:
                self.settings.apply_pending()
                self._enter(Phase.BOOTING)
            case Phase.BOOTING if not self.settings.start_at_boot:
                # Which reason is shown then is not recorded: none here.
                self._switch_off("")
            case Phase.BOOTING | Phase.RESTARTING:
                self._enter(Phase.STARTING)
            case Phase.STARTING if self._is_starved:
                self.restart(limit_changed=True)
            case Phase.STARTING:
                self._enter(Phase.RAMPING)
            case Phase.RAMPING:
                self._enter(Phase.HASHING)
                self.stable_cost = int(self._time - self.started_at)
            case _:
                raise AssertionError(self.phase)

    # Commands.

    def power_off(self, reason: str = "by whatsminer api") -> None:
        """Stop mining and switch the power supply's output off."""
        if self.phase in {Phase.STOPPED, Phase.REBOOTING}:
            return
        self._switch_off(reason)

    def _switch_off(self, reason: str) -> None:
        """Leave the mining process off until it is switched on."""
        self.off_since = self._time
        self.off_reason = reason
        self.stable_cost = 0
        self.warm_since = None
        self.limit_changing = False
        self.physics.restart()
        self._enter(Phase.STOPPED)

    def power_on(self) -> None:
        """Start mining if switched off."""
        if self.phase is Phase.STOPPED:
            self.warm_since = None
            self._enter(Phase.RESTARTING)

    def stay(self) -> None:
        """Never come to the end of what it is doing: it tunes for ever, say."""
        self.ramp_seconds = self._phase_end = float("inf")

    def restart(self, *, limit_changed: bool = False) -> None:
        """Restart the mining process.

        A machine that is switched off stays off: nothing recorded tells, but a client
        in the field sends power_on before a command that restarts.
        """
        if self.mining_up or self.phase is Phase.RESTARTING:
            self.limit_changing = self.limit_changing or limit_changed
            self.stable_cost = 0
            self.physics.restart()
            self._enter(Phase.RESTARTING)

    def reboot(self) -> None:
        """Restart the control board; it mines again afterwards."""
        self.reboots += 1
        self.limit_changing = False
        self.off_reason = ""
        self.physics.restart()
        self._enter(Phase.REBOOTING)

    def set_power_percent(self, percent: int, *, fast: bool) -> bool:
        """Scale the tuned power until the next restart; refuse while not tuned."""
        if not self.hash_stable:
            return False
        self.physics.set_percent(percent, fast=fast)
        return True

    def set_power(self, power: int | None) -> None:
        """Want so many W: at once when tuned, else from the next start."""
        self.settings.power = power
        if self.hash_stable:
            self.running.power = power
            self.physics.power_at_once = True

    def lose_chips(self, slot: int, count: int) -> None:
        """Let chips of a board be dead from now on."""
        self.physics.boards[slot].dead_chips = count

    def upgrade(self, profile: MachineProfile) -> None:
        """Restart with another firmware; the settings stay."""
        self.profile = self.physics.profile = profile
        self.reboot()

    def warm_up(self) -> bool:
        """Go on warming up while off; tell whether it is done.

        How long that takes is not recorded: a minute here.
        """
        if self.warm_since is None:
            self.warm_since = self._time
        return self._time - self.warm_since >= 60

    def factory_reset(self) -> None:
        """Put the settings back and restart."""
        ip = self.settings.network.ip
        self.settings = Settings(pools=[], network=Network(ip=ip))
        self.reboot()
