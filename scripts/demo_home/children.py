"""Programs that live exactly as long as the demo does."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
import os
from pathlib import Path
import shutil
import signal

from .say import DemoError, last_line

RESTART = 100  # Home Assistant's exit code for "start me again".


class Child:
    """One program that the demo started, its output in a log."""

    def __init__(
        self,
        name: str,
        command: list[str],
        log: Path,
        cwd: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Remember how to start the program."""
        self.name = name
        self.log = log
        self._command = command
        self._cwd = cwd
        self._env = {**os.environ, **(env or {})}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the program in a session of its own, safe from the terminal's Ctrl-C."""
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *_tied_to_us(),
                *self._command,
                cwd=self._cwd,
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def watch(self) -> None:
        """Restart the program when it asks for it; raise when it is over."""
        while self._process is not None:
            code = await self._process.wait()
            if code != RESTART:
                said = last_line(self.log)
                raise DemoError(f"{self.name} ended (code {code}): {said}")
            await self.start()

    async def stop(self, patience: float = 20) -> None:
        """End the program and all that it started, the hard way when it takes long."""
        if (process := self._process) is None:
            return
        try:
            _signal_group(process.pid, signal.SIGTERM)
            async with asyncio.timeout(patience):
                await process.wait()
        except TimeoutError:
            pass
        finally:
            _signal_group(process.pid, signal.SIGKILL)


@asynccontextmanager
async def running(*children: Child) -> AsyncIterator[None]:
    """Keep programs running for the time of the block; end it when one of them dies."""
    try:
        async with asyncio.TaskGroup() as watchers:
            for child in children:
                await child.start()
            tasks = [watchers.create_task(child.watch()) for child in children]
            yield
            for task in tasks:
                task.cancel()
    finally:
        await asyncio.gather(*(child.stop() for child in children))


def _signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to a program and its children."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _tied_to_us() -> list[str]:
    """Return the command prefix that ends a program even if the demo is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
