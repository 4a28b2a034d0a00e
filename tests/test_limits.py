"""The table of limits in the documents has the values of the code."""

from pathlib import Path

from custom_components.whatsminer import access, const, coordinator, storage
from custom_components.whatsminer.client import lenient_json, miner, ranges, transport
from custom_components.whatsminer.client.dialects import common, v2_asking, v2_session
from custom_components.whatsminer.discovery import scan
from tests.client.test_guards import QUESTIONS_IN_VAIN

DOCUMENT = Path(__file__).parents[1] / "docs" / "limits.md"

_CONNECT = transport.CONNECT_TIMEOUT
_ANSWER = transport.ANSWER_TIMEOUT
_V2, _V3 = (_ANSWER * QUESTIONS_IN_VAIN[api] for api in ("2.0.5", "3.0.2"))

# The rows in the order of the table.
LIMITS = {
    "Time between two polls": (
        f"{const.SCAN_INTERVAL.seconds} s, "
        f"from {const.MIN_SCAN_INTERVAL} to {const.MAX_SCAN_INTERVAL} s in the options"
    ),
    "Wait for a connection": f"{_CONNECT:g} s",
    "Wait for a whole answer": f"{_ANSWER:g} s",
    "A miner without power is unavailable after": (
        f"1 poll and {_CONNECT:g} s; "
        f"on a kept connection of API 3, {_ANSWER + _CONNECT:g} s"
    ),
    "A miner that connects and does not answer is unavailable after": (
        f"1 poll and {_V2:g} s; on API 3, {_V3:g} s"
    ),
    # Those two are proven by test_delivery, and by test_guards of the client.
    "A question without an answer is repeated in the same poll": (
        "never on TCP 4028; once on API 3, over a new connection"
    ),
    "A command is repeated": (
        "never; once if the miner refused the token, and so did nothing"
    ),
    "Wait for the first reading at the start": f"{coordinator.FIRST_SECONDS:g} s",
    "Longest answer": f"{transport.MAX_ANSWER / 2**10:g} KiB",
    "Deepest answer": f"{lenient_json._LEVELS} levels",  # noqa: SLF001
    "Objects and lists in an answer": f"{lenient_json._MOST_PARTS:,}",  # noqa: SLF001
    "Frames of API 3 from one question to the next": f"{transport._MOST_FRAMES}",  # noqa: SLF001
    "Boards or pools that are read": f"{ranges.MOST_ROWS}",
    "Errors that are read": f"{common.MOST_ERRORS}",
    "Lifetime of a token (TCP 4028)": f"{v2_session._TOKEN_LIFE / 60:g} min",  # noqa: SLF001
    "Pause when the miner is too busy for a token": (
        f"{v2_session._BACK_OFF_FIRST:g} s, then twice as long, "  # noqa: SLF001
        f"up to {v2_session._BACK_OFF_MOST:g} s"  # noqa: SLF001
    ),
    "Password is checked again": (
        f"after {access.CHECK_AGAIN:g} s; "
        f"after {access.CHECK_CLOSED_AGAIN:g} s where commands are not allowed"
    ),
    "Question for the password waits for a *Reconfigure* dialog left open": (
        f"{access.DIALOG_LEFT:g} s at the same step"
    ),
    "Question that the firmware does not know is asked again": (
        f"after {v2_asking._UNKNOWN_PERIOD:g} s"  # noqa: SLF001
    ),
    "Boards and pools are joined again where that failed": (
        f"after {v2_asking._JOIN_AGAIN:g} s"  # noqa: SLF001
    ),
    "API 3 is looked for again": f"after {miner._V3_AGAIN:g} s",  # noqa: SLF001
    "Energy is stored": (
        f"after {storage.ENERGY_DELAY} s, and when Home Assistant stops"
    ),
    "Addresses of one scan": (
        f"{scan.MAX_ADDRESSES:,}; {scan.ASKED_AT_ONCE} at a time, at most "
        f"{2 * scan.CONNECT_TIMEOUT + miner.IDENTIFY_TIMEOUT:g} s each"
    ),
}


def test_documented_limits() -> None:
    """Each row of the table is that of the code, and none is missing."""
    section = DOCUMENT.read_text("utf-8").partition("## Times and sizes")[2]
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in section.partition("Known limits")[0].splitlines()
        if line.startswith("|")
    ]
    assert rows[2:] == list(LIMITS.items())
