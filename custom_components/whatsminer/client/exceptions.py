"""What can go wrong with a miner: one tree, so that a caller can catch the root."""

# Of what a miner says only so much goes into a message: it may say megabytes.
_LONGEST = 255


class WhatsminerError(Exception):
    """The root of all that this client raises on purpose."""


class MinerUnreachable(WhatsminerError):
    """No connection could be made, or it broke, or the time was up."""


class NoAnswer(MinerUnreachable):
    """The miner took the request and closed, or kept silent, without an answer.

    Of a command: it is not known whether it was carried out.
    """


class MinerBusy(WhatsminerError):
    """The miner has too many connections or tokens (code 136): back off.

    Firmware with its API switch off says the same when it is polled.
    """

    def __init__(self, retry_after: float) -> None:
        """Remember for how many seconds nothing should be sent to the miner."""
        super().__init__(f"over max connect, retry in {retry_after:.0f} s")
        self.retry_after = retry_after


class InvalidResponse(WhatsminerError):
    """The answer cannot be read as what was asked for."""


class NotAWhatsminer(WhatsminerError):
    """A device answered, but it does not report that it is a WhatsMiner."""


class WrongDevice(WhatsminerError):
    """Another miner is at the address by now; nothing was sent to it."""


class AuthenticationError(WhatsminerError):
    """The miner cannot read what was encrypted with this password (code 23)."""


class PasswordMissing(WhatsminerError):
    """A writing command was asked for, but no password was given."""


class CommandFailed(WhatsminerError):
    """The miner answered that it did not do the command."""

    def __init__(
        self, command: str, code: int | None, message: str, *, sealed: bool = False
    ) -> None:
        """Remember the miner's own code and words, and whether they came encrypted."""
        super().__init__(f"{command}: code {code}, {message[:_LONGEST]!r}")
        self.command = command
        self.code = code
        self.message = message
        self.sealed = sealed

    @property
    def may_mean_value(self) -> bool:
        """Return whether it may be the value: not the token, or a lack of memory."""
        return self.code not in (23, 135, -5)


class NotNow(CommandFailed):
    """The miner is known not to take this in its present state; nothing was sent."""

    def __init__(self, command: str, reason: str) -> None:
        """Remember the state: `stopped`, `starting` or `tuning`."""
        super().__init__(command, None, reason)
        self.reason = reason


class UnknownCommand(CommandFailed):
    """This firmware does not know the command, or not with these data (code 14)."""


class WriteAccessDisabled(CommandFailed):
    """Writing is turned off on the miner, or for this command (code 45)."""
