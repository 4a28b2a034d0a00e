"""A pretend miner, ready to use: machine, device and server."""

from ipaddress import ip_address
from random import Random
from types import TracebackType
from typing import Self

from .clock import Clock, ScaledClock
from .device import Device
from .faults import Faults
from .machine import Machine
from .profile import DEFAULT_MODEL, get_profile
from .server import MinerServer
from .tokens import FACTORY_PASSWORD, TokenTable
from .traffic import Traffic


class SimulatedMiner:
    """Run a pretend miner on a loopback address."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        model: str = DEFAULT_MODEL,
        firmware: str | None = None,
        password: str = FACTORY_PASSWORD,
        state: str = "hashing",
        speed: float = 1.0,
        clock: Clock | None = None,
        seed: int = 1,
        index: int = 0,
        api_switch: bool = True,
        default_password: bool = False,
        mac: str | None = None,
        serial: str | None = None,
        faults: Faults | None = None,
    ) -> None:
        """Build the miner; `index` gives it a MAC address and serial of its own."""
        if not ip_address(host).is_loopback:
            raise ValueError("the simulator listens on loopback addresses only")
        profile = get_profile(model, firmware)
        self.host = host
        self.clock = clock or ScaledClock(speed)
        self._wanted_port = port
        self._port: int | None = None
        number = index + 1
        serial = serial or f"SIM{number:010d}"
        machine = Machine(profile, self.clock, seed * 1000 + index, state, serial)
        machine.settings.network.ip = host
        self.device = Device(
            machine=machine,
            tokens=TokenTable(password, Random(seed * 1000 + index)),
            clock=self.clock,
            mac=mac or f"{profile.mac_prefix}:00:{number >> 8:02X}:{number & 255:02X}",
            api_switch=api_switch,
            default_password=default_password,
            faults=faults or Faults(),
        )
        self.log = Traffic(host)
        self.server = MinerServer(self.device, self.log)

    @property
    def port(self) -> int:
        """Return the port; it stays the same over stop and start."""
        if self._port is None:
            raise RuntimeError("the simulated miner was never started")
        return self._port

    @property
    def machine(self) -> Machine:
        """Return the machine as it is now."""
        self.device.machine.advance()
        return self.device.machine

    @property
    def faults(self) -> Faults:
        """Return the faults, to be changed at any time."""
        return self.device.faults

    @property
    def tokens(self) -> TokenTable:
        """Return the password and the tokens."""
        return self.device.tokens

    @property
    def mac(self) -> str:
        """Return the MAC address."""
        return self.device.mac

    async def start(self) -> None:
        """Listen."""
        port = self._wanted_port if self._port is None else self._port
        self._port = await self.server.start(self.host, port)

    async def stop(self) -> None:
        """Stop listening: connections are refused from now on."""
        await self.server.stop()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening."""
        await self.stop()
