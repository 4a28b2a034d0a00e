"""A pretend miner, ready to use: machine, device and servers."""

from dataclasses import replace
from ipaddress import ip_address
from random import Random
import socket
from types import TracebackType
from typing import Self

from .clock import Clock, ScaledClock
from .device import Device
from .faults import Faults
from .generation import DEFAULT_API, Cooling, default_model, get_generation
from .machine import Machine
from .profile import get_profile
from .server import MinerServer
from .tokens import FACTORY_PASSWORD, TokenTable
from .traffic import Traffic
from .v3_server import V3Server
from .v3_users import Users
from .web import WebPage


def _mac(prefix: str, number: int) -> str:
    """Return the MAC address of a miner by its number."""
    return f"{prefix}:00:{number >> 8 & 255:02X}:{number & 255:02X}"


class SimulatedMiner:
    """Run a pretend miner on a loopback address."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        v3_port: int = 0,
        api: str = DEFAULT_API,
        model: str | None = None,
        cooling: Cooling | None = None,
        firmware: str | None = None,
        password: str = FACTORY_PASSWORD,
        v3_password: str | None = None,
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
        web_ports: tuple[int, int] | None = None,
    ) -> None:
        """Build the miner; `index` gives it a MAC address and serial of its own.

        `password` is that of API v2, `v3_password` that of API v3's account `super`;
        ports that are 0 become any free ones. With `web_ports`, those of http and https,
        it has a web page, too.
        """
        if not ip_address(host).is_loopback:
            raise ValueError("the simulator listens on loopback addresses only")
        generation = get_generation(api)
        model = model or default_model(generation, cooling)
        profile = get_profile(model, firmware or generation.firmware, cooling)
        self.host = host
        self.clock = clock or ScaledClock(speed)
        self._wanted_port = port
        self._wanted_v3_port = v3_port
        self._port: int | None = None
        self._v3_port: int | None = None
        self._running = False
        self._seed, self._number = seed * 1000 + index, index + 1
        serial = serial or f"SIM{self._number:010d}"
        machine = Machine(profile, self.clock, self._seed, state, serial)
        machine.settings.network.ip = host
        self.device = Device(
            machine=machine,
            generation=generation,
            tokens=TokenTable(password, Random(self._seed)),
            users=Users(Random(self._seed + 500), v3_password),
            clock=self.clock,
            mac=mac or _mac(profile.mac_prefix, self._number),
            api_switch=api_switch,
            default_password=default_password,
            faults=faults or Faults(),
        )
        self.log = Traffic(host)
        self.server = MinerServer(self.device, self.log)
        self.v3_server = V3Server(self.device, self.log)
        self.web_ports = web_ports
        self._web = WebPage(self.device, host)

    @property
    def api(self) -> str:
        """Return the name of the generation."""
        return self.device.generation.name

    @property
    def port(self) -> int:
        """Return the port of API v2; it stays the same over stop and start."""
        if self._port is None:
            raise RuntimeError("the simulated miner was never started with API v2")
        return self._port

    @property
    def v3_port(self) -> int:
        """Return the port of API v3; it stays the same over stop and start."""
        if self._v3_port is None:
            raise RuntimeError("the simulated miner was never started with API v3")
        return self._v3_port

    @property
    def ports(self) -> list[int]:
        """Return the open ports, that of API v2 first."""
        servers = ((self.server, self._port), (self.v3_server, self._v3_port))
        return [port for server, port in servers if port and server.listening]

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
        """Return the password and the tokens of API v2."""
        return self.device.tokens

    @property
    def users(self) -> Users:
        """Return the accounts of API v3."""
        return self.device.users

    @property
    def mac(self) -> str:
        """Return the MAC address."""
        return self.device.mac

    async def start(self) -> None:
        """Listen on the ports that the generation has."""
        self._running = True
        generation = self.device.generation
        if generation.dialect is not None and not self.server.listening:
            port = self._wanted_port if self._port is None else self._port
            self._port = await self.server.start(self.host, port)
        if generation.v3_version is not None and not self.v3_server.listening:
            port = self._wanted_v3_port if self._v3_port is None else self._v3_port
            self._v3_port = await self.v3_server.start(self.host, port)
        if self.web_ports is not None:
            self.web_ports = await self._web.start(*self.web_ports)

    async def stop(self) -> None:
        """Stop listening: connections are refused from now on."""
        self._running = False
        await self.server.stop()
        await self.v3_server.stop()
        await self._web.stop()

    def press_ip_report(
        self, host: str, port: int = 8888, payload: bytes | None = None
    ) -> None:
        """Press the button "IP report": one datagram from a port of its own.

        A real miner sends it to the broadcast address of its network; this one sends
        it to the loopback address of who listens.
        """
        if not ip_address(host).is_loopback:
            raise ValueError("the simulator sends to loopback addresses only")
        if payload is None:
            payload = f"IP:{self.host}MAC:{self.mac.lower()}\0".encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((self.host, 0))
            sender.sendto(payload, (host, port))

    async def upgrade(self, api: str, firmware: str | None = None) -> None:
        """Restart with the firmware of another generation.

        Settings, passwords and ports stay; ports that the generation does not have are
        closed, new ones opened. Nothing answers until the restart is over.
        """
        generation = get_generation(api)
        machine = self.machine
        old = machine.profile
        wanted = firmware or generation.firmware or get_profile(old.miner_type).firmware
        checked = get_profile(old.miner_type, wanted)
        self.device.generation = generation
        self.device.tokens.clear()
        machine.upgrade(replace(old, firmware=checked.firmware))
        if not self._running:
            return
        if generation.dialect is None:
            await self.server.stop()
        if generation.v3_version is None:
            await self.v3_server.stop()
        await self.start()

    async def replace(self, *, state: str = "hashing") -> None:
        """Let another miner of the same kind have the address: its boot, all its counts.

        It has an identity of its own, was set up alike, and every line breaks.
        """
        device = self.device
        old = self.machine
        self._number += 100
        self._seed += 100
        serial = f"SIM{self._number:010d}"
        device.machine = Machine(old.profile, self.clock, self._seed, state, serial)
        device.machine.settings = old.settings
        device.mac = _mac(old.profile.mac_prefix, self._number)
        device.tokens.clear()
        device.faults.odd.replaced_at = None
        if self._running:
            await self.stop()
            await self.start()

    async def replace_if_due(self) -> None:
        """Replace the miner when it is time to, by the faults."""
        due = self.faults.odd.replaced_at
        if due is not None and self.clock.wall() >= due:
            await self.replace()

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
