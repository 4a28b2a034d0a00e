"""What a device was asked, for tests and for the log."""

from collections.abc import Iterator
from dataclasses import dataclass
import logging
from typing import Any

from .device import Reply

_LOGGER = logging.getLogger(__name__)

_SECRET = ("token", "old", "new", "passwd", "password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; `command` is None if it could not be read."""

    time: float
    client: str
    command: str | None
    params: dict[str, Any]
    """Parameters without token and passwords."""
    encrypted: bool
    code: int | None
    """Code of the answer, None for mining answers of API v2 and silence."""
    answered: bool

    def describe(self) -> str:
        """Return the request in one line."""
        params = " ".join(f"{key}={value!r}" for key, value in self.params.items())
        how = "encrypted" if self.encrypted else "plain"
        outcome = "ok" if self.answered else "no answer"
        if self.code is not None:
            outcome = f"code {self.code}"
        name = self.command if self.command is not None else "(unreadable)"
        return (
            f"{self.client} {name} [{how}] {params + ' ' if params else ''}-> {outcome}"
        )


class Traffic:
    """Hold the requests, and count the connections."""

    def __init__(self, name: str) -> None:
        """Start empty."""
        self.name = name
        self.clear()
        self.open_connections = 0

    def clear(self) -> None:
        """Forget requests and counts."""
        self.requests: list[Request] = []
        self.connections = 0
        self.max_concurrent = 0

    def __iter__(self) -> Iterator[Request]:
        """Go through the requests."""
        return iter(self.requests)

    def __len__(self) -> int:
        """Return the number of requests."""
        return len(self.requests)

    @property
    def commands(self) -> list[str]:
        """Return the names of the commands."""
        return [request.command or "" for request in self.requests]

    def note(
        self,
        time: float,
        client: str,
        command: str | None,
        params: dict[str, Any],
        encrypted: bool,
        reply: Reply,
    ) -> None:
        """Keep and log a request."""
        shown = {
            key: value
            for key, value in params.items()
            if key not in {"cmd", "command"} and not key.startswith(_SECRET)
        }
        request = Request(
            time=time,
            client=client,
            command=command,
            params=shown,
            encrypted=encrypted,
            code=(reply.answer or {}).get("Code", (reply.answer or {}).get("code")),
            answered=reply.answer is not None,
        )
        self.requests.append(request)
        _LOGGER.info("%s: %s", self.name, request.describe())

    def opened(self) -> None:
        """Count a connection."""
        self.connections += 1
        self.open_connections += 1
        self.max_concurrent = max(self.max_concurrent, self.open_connections)

    def closed(self) -> None:
        """Count a connection's end."""
        self.open_connections -= 1
