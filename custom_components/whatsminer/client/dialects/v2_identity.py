"""Who answers API v2: whether it is a WhatsMiner, which one, and what it speaks."""

from collections.abc import Mapping
import re
from typing import Any

from ..fields import Doubts, Fields
from ..models import MinerIdentity
from ..ranges import POWER
from ..unchanged import Unchanged
from ..values import parse_mac, parse_text

type Answer = dict[str, Any]
type Answers = dict[str, Answer]
"""The newest good answer of each command."""


def message(answer: Answer | None) -> Answer:
    """Return the fields of a daemon's answer; empty when it has none."""
    fields = answer.get("Msg") if answer else None
    if isinstance(fields, list) and fields:
        fields = fields[0]  # get_psu of five machines of one fleet
    return fields if isinstance(fields, dict) else {}


def v2_rows(answer: Answer | None, name: str) -> list[Answer]:
    """Return the rows of a mining answer, such as `DEVS`; they may stand in `Msg`."""
    listed = answer.get(name, answer.get("Msg")) if answer else None
    if not isinstance(listed, list):
        return []
    return [row for row in listed if isinstance(row, dict)]


def summary(answer: Answer | None) -> Answer:
    """Return the fields of `summary`, in a list up to API 2.0.x, else in `Msg`."""
    listed = v2_rows(answer, "SUMMARY")
    return listed[0] if listed else message(answer)


def gives_power(answer: Answer | None) -> bool:
    """Return whether `summary` has a power that can be true; some firmware writes -1."""
    total = Fields(summary(answer), Doubts())
    return total.first_number(POWER, "Power_RT", "Power") is not None


def is_v2_whatsminer(answers: Answers) -> bool:
    """Return whether the answers can only come from a WhatsMiner.

    Other makers' miners speak cgminer's API on the same port, but neither MicroBT's
    commands nor its driver.
    """
    status = message(answers.get("status"))
    total = summary(answers.get("summary"))
    return (
        bool(parse_text(message(answers.get("get_version")).get("fw_ver")))
        or parse_mac(message(answers.get("get_miner_info")).get("mac")) is not None
        or "mineroff" in status
        or "btmineroff" in status
        # Fields of summary that other makers' miners do not have.
        or "Factory GHS" in total
        or "HS RT" in total
        or any(
            "bitmicro" in str(row.get("Driver")).lower()
            for row in v2_rows(answers.get("devdetails"), "DEVDETAILS")
        )
        or any("whatsminer" in _description(answer) for answer in answers.values())
        or any("btminer" in _description(answer) for answer in answers.values())
    )


def parse_api_version(answers: Answers) -> str | None:
    """Return the version of the API, such as `2.0.5` or `1.4.0`."""
    answer = answers.get("get_version") or {}
    words = message(answer).get("api_ver") or answer.get("Msg")
    if not isinstance(words, str) or not re.search(r"\d", words):
        words = next(
            (
                _description(each)
                for each in answers.values()
                if "whatsminer" in _description(each)
            ),
            "",
        )
    found = re.search(r"\d{1,9}(?:\.\d{1,9}){0,4}", words)
    return found[0] if found else None


def parse_status_firmware(answers: Answers) -> str | None:
    """Return the firmware that `status` names; the name has a blank in API 1.x."""
    status = message(answers.get("status"))
    return parse_text(status.get("FirmwareVersion")) or parse_text(
        status.get("Firmware Version")
    )


def parse_v2_identity(
    answers: Answers, unchanged: Unchanged | None = None
) -> MinerIdentity:
    """Say who the miner is; `unchanged` is what was read of earlier answers."""
    version = message(answers.get("get_version"))
    info = message(answers.get("get_miner_info"))
    total = summary(answers.get("summary"))
    details = v2_rows(answers.get("devdetails"), "DEVDETAILS")
    firmware = parse_status_firmware(answers)
    api_version = parse_api_version(answers)
    in_total = [total.get(name) for name in ("MAC", "Firmware Version", "CB Platform")]

    def read() -> MinerIdentity:
        mac, total_firmware, board = in_total
        model = parse_text(details[0].get("Model")) if details else None
        return MinerIdentity(
            mac=parse_mac(info.get("mac")) or parse_mac(mac),
            model=parse_text(version.get("miner_type")) or model,
            serial_number=parse_text(info.get("minersn")),
            hostname=parse_text(info.get("hostname")),
            firmware=parse_text(version.get("fw_ver"))
            or firmware
            or parse_text(total_firmware),
            api_version=api_version,
            control_board=parse_text(version.get("platform")) or parse_text(board),
        )

    given = (version, info, in_total, details, firmware, api_version)
    return (unchanged or Unchanged()).read("identity", given, Doubts(), read)


def _description(answer: Answer) -> str:
    """Return the text in which the program that answers names itself."""
    listed = answer.get("STATUS")
    status = listed[0] if isinstance(listed, list) and listed else answer
    words = status.get("Description") if isinstance(status, dict) else None
    return (parse_text(words) or "").lower()


def spoken_version(answers: Answers) -> str | None:
    """Return the version that the miner speaks; None for plain cgminer."""
    status = message(answers.get("status"))
    return parse_api_version(answers) or version_by_status(status)


def version_by_status(status: Mapping[str, Any]) -> str | None:
    """Return what a daemon speaks that does not say it: its words show the age."""
    if not status:
        return None
    # Firmware of 2022-10 has the word of API 1.x, and the firmware as in API 2.
    later = "mineroff" in status or "FirmwareVersion" in status
    return "2.0" if later else "1"
