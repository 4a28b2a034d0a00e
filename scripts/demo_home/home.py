"""Requests of the demo to Home Assistant, over its REST and WebSocket interfaces."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse

from .say import DemoError

DOMAIN = "whatsminer"
USER = PASSWORD = "demo"
CONFIG = "/api/config/config_entries"
# How the flow ends for a miner that is set up: the user may have changed it.
_SET_UP = (
    "already_configured",
    "already_disabled",
    "address_updated",
    "password_updated",
    "address_and_password_updated",
)


class Home:
    """A client for one Home Assistant."""

    def __init__(self, url: str) -> None:
        """Remember where Home Assistant will be."""
        self.url = url
        self._client_id = f"{url}/"
        self._token = ""
        self._session = ClientSession(url, timeout=ClientTimeout(total=60))

    async def __aenter__(self) -> Self:
        """Enter the block at whose end the connections close."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._session.close()

    async def wait_for_answer(self, patience: float = 120) -> None:
        """Wait until Home Assistant answers."""
        async with _time_limit(patience, "Home Assistant does not answer"):
            while True:
                with suppress(ClientError):
                    await self.get("/manifest.json")
                    return
                await asyncio.sleep(0.1)

    async def wait_for_start(self, patience: float = 120) -> None:
        """Wait until everything in Home Assistant is set up."""
        async with _time_limit(patience, "Home Assistant does not finish its start"):
            while (config := await self.get("/api/config"))["state"] != "RUNNING":
                await asyncio.sleep(0.1)
        if config["recovery_mode"]:
            raise DemoError("Home Assistant is in recovery mode (try --fresh)")

    async def log_in(self) -> bool:
        """Log in as the owner, and return if the account had to be created."""
        created = await self._create_owner()
        flow = await self.post(
            "/auth/login_flow",
            {
                "client_id": self._client_id,
                "redirect_uri": self._client_id,
                "handler": ["homeassistant", None],
            },
        )
        answer = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            {"client_id": self._client_id, "username": USER, "password": PASSWORD},
        )
        if answer["type"] != "create_entry":
            raise DemoError(f"the account {USER} has another password (try --fresh)")
        form = {
            "grant_type": "authorization_code",
            "code": answer["result"],
            "client_id": self._client_id,
        }
        async with self._session.post("/auth/token", data=form) as response:
            self._token = (await response.json())["access_token"]
        return created

    async def add_miner(self, host: str, password: str) -> str:
        """Go through the config flow of one miner, and return what came of it."""
        flow = await self.post(f"{CONFIG}/flow", {"handler": DOMAIN})
        for answers in (
            {"next_step_id": "address"},
            {"host": host, "password": password},
        ):
            flow = await self.post(f"{CONFIG}/flow/{flow['flow_id']}", answers)
        match flow:
            case {"type": "create_entry", "title": title}:
                return f"added as {title}"
            case {"type": "abort", "reason": reason} if reason in _SET_UP:
                return "is already set up"
            case {"errors": {"base": "invalid_auth" | "set_up_invalid_auth"}}:
                return "has another password, set by you"
            case {"reason": reason} | {"errors": reason} if reason:
                raise DemoError(f"the miner at {host} could not be added: {reason}")
            case _:
                raise DemoError(f"the config flow asks for more: {flow['step_id']}")

    async def add_sum(self, name: str, sensors: list[str]) -> None:
        """Create a helper: the sum of sensors."""
        flow = await self.post(f"{CONFIG}/flow", {"handler": "group"})
        for answers in (
            {"next_step_id": "sensor"},
            {"name": name, "entities": sensors, "type": "sum"},
        ):
            flow = await self.post(f"{CONFIG}/flow/{flow['flow_id']}", answers)
        if flow["type"] != "create_entry":
            raise DemoError(f"the helper {name} could not be created")

    async def change_sums(self, sums: Mapping[str, list[str]]) -> None:
        """Give the helpers of these names other sensors; one that was deleted stays away."""
        options = f"{CONFIG}/options/flow"
        for entry in await self.get(f"{CONFIG}/entry?domain=group"):
            if sensors := sums.get(entry["title"]):
                flow = await self.post(options, {"handler": entry["entry_id"]})
                await self.post(
                    f"{options}/{flow['flow_id']}",
                    {"entities": sensors, "type": "sum", "ignore_non_numeric": True},
                )

    async def wait_for_miners(self, patience: float = 30) -> None:
        """Wait until all miners are set up."""
        waiting: dict[str, str] = {}
        try:
            async with asyncio.timeout(patience):
                while True:
                    entries = await self.get(f"{CONFIG}/entry?domain={DOMAIN}")
                    waiting = {
                        entry["title"]: entry["reason"] or entry["state"]
                        for entry in entries
                        if entry["state"] != "loaded"
                    }
                    if not waiting:
                        return
                    await asyncio.sleep(0.2)
        except TimeoutError as err:
            raise DemoError(f"miners that are not set up: {waiting}") from err

    async def ask(self, *commands: str) -> list[Any]:
        """Return the results of WebSocket commands that need no arguments."""
        async with self._connect() as socket:
            return [
                await _command(socket, number, command)
                for number, command in enumerate(commands, start=1)
            ]

    async def command(self, command: str, **arguments: Any) -> Any:
        """Return the result of one WebSocket command."""
        async with self._connect() as socket:
            return await _command(socket, 1, command, **arguments)

    async def changes(self) -> AsyncIterator[tuple[str, str, str]]:
        """Yield entity, old state and new state of everything that changes."""
        async with self._connect() as socket:
            await _command(socket, 1, "subscribe_events", event_type="state_changed")
            async for message in socket:
                change = message.json()["event"]["data"]
                old, new = change["old_state"], change["new_state"]
                if old and new and old["state"] != new["state"]:
                    yield change["entity_id"], old["state"], new["state"]

    async def _create_owner(self) -> bool:
        """Create the owner's account when Home Assistant has none."""
        async with self._session.get("/api/onboarding") as response:
            # Home Assistant takes the address away when everything is done.
            steps = await response.json() if response.ok else []
        if all(step["done"] for step in steps if step["step"] == "user"):
            return False
        owner = {"name": USER, "username": USER, "password": PASSWORD}
        locale = {"client_id": self._client_id, "language": "en"}
        await self.post("/api/onboarding/users", owner | locale)
        return True

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[ClientWebSocketResponse]:
        """Open a WebSocket and log in on it."""
        async with self._session.ws_connect(
            "/api/websocket", heartbeat=30, max_msg_size=0
        ) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            await socket.receive_json()
            yield socket

    async def act(self, action: str, entity: str | list[str], **data: Any) -> None:
        """Perform an action on one entity or several."""
        path = f"/api/services/{action.replace('.', '/')}"
        await self.post(path, {"entity_id": entity, **data})

    async def get(self, path: str) -> Any:
        """Return the answer to a GET request."""
        return await self._request("GET", path)

    async def post(self, path: str, data: dict[str, Any]) -> Any:
        """Return the answer to a POST request."""
        return await self._request("POST", path, json=data)

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        """Return an answer; an answer that is no success becomes an error."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._session.request(
            method, path, headers=headers, **content
        ) as response:
            if not response.ok:
                text = " ".join((await response.text()).split())
                raise DemoError(f"{method} {path}: {response.status} {text[:300]}")
            return await response.json(content_type=None)


async def _command(
    socket: ClientWebSocketResponse, number: int, command: str, **arguments: Any
) -> Any:
    """Return the result of one WebSocket command."""
    await socket.send_json({"id": number, "type": command, **arguments})
    answer = await socket.receive_json()
    if not answer["success"]:
        raise DemoError(f"{command}: {answer['error']['message']}")
    return answer["result"]


@asynccontextmanager
async def _time_limit(patience: float, complaint: str) -> AsyncIterator[None]:
    """Turn the end of patience into a complaint."""
    try:
        async with asyncio.timeout(patience):
            yield
    except TimeoutError as err:
        raise DemoError(f"{complaint} within {patience:.0f} s") from err
