"""The errors of the client: all are subclasses of one, so that a caller can catch it."""

# Of what a miner says only so much goes into a message: it may say megabytes.
_LONGEST = 255


class WhatsminerError(Exception):
    """The base class of all errors of this client."""


class MinerUnreachable(WhatsminerError):
    """The connection failed, broke, or took too long."""


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
    """The answer cannot be read."""


class NotAWhatsminer(WhatsminerError):
    """A device answered, but it does not report that it is a WhatsMiner."""


class WrongDevice(WhatsminerError):
    """Another miner has the address now; nothing was sent to it."""


class AuthenticationError(WhatsminerError):
    """The miner cannot read what was encrypted with this password (code 23)."""


class PasswordMissing(WhatsminerError):
    """A command that writes needs a password."""


class CommandFailed(WhatsminerError):
    """The miner refused the command."""

    def __init__(
        self, command: str, code: int | None, message: str, *, sealed: bool = False
    ) -> None:
        """Keep the miner's code and words, and whether they came encrypted."""
        super().__init__(f"{command}: code {code}, {message[:_LONGEST]!r}")
        self.command = command
        self.code = code
        self.message = message
        self.sealed = sealed

    @property
    def may_mean_value(self) -> bool:
        """Return whether the value may be the reason, and not the token or a lack of memory."""
        return self.code not in (23, 135, -5)


class NotNow(CommandFailed):
    """The miner does not accept this in its current state; nothing was sent."""

    def __init__(self, command: str, reason: str) -> None:
        """Remember the state: `stopped`, `starting` or `tuning`."""
        super().__init__(command, None, reason)
        self.reason = reason


class UnknownCommand(CommandFailed):
    """This firmware does not know the command, or not with these data (code 14)."""


class WriteAccessDisabled(CommandFailed):
    """Writing is turned off on the miner, or for this command (code 45)."""
