"""The generations of the protocol, one module each, behind one small interface."""

from typing import Any, Protocol

from ..controls import Control
from ..models import MinerData, MinerIdentity


class Dialect(Protocol):
    """What every generation of the protocol can do."""

    @property
    def write_access(self) -> bool | None:
        """Return whether writing is allowed; None until the miner has shown it."""

    @property
    def answers(self) -> dict[str, Any]:
        """Return the last answer to each reading command of a poll, as it came."""

    async def identify(self) -> MinerIdentity:
        """Ask who the miner is."""

    async def read(self) -> MinerData:
        """Ask for everything that one poll needs."""

    async def check_password(self) -> bool:
        """Prove the password and find out the write access, changing nothing.

        Returns whether it is proven; raises AuthenticationError when it is wrong.
        """

    async def change(
        self, control: Control, value: Any, data: MinerData | None
    ) -> bool:
        """Ask for a value of what a row describes; `data` is a reading from just now.

        Returns whether the miner said yes; False when it is not known what it did.
        """

    def ask_anew(self) -> None:
        """Ask for the settings at the next poll, however often that is done else."""

    async def change_password(self, old: str, new: str) -> None:
        """Change the password of the account that is written with."""

    async def query(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send any reading command and return the miner's whole answer."""

    async def execute(
        self, command: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send any writing command and return the miner's yes.

        None where silence is to be expected, as it restarts; NoAnswer elsewhere.
        """
