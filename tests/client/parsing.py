"""What is read of the fields of single answers, without a miner."""

from typing import Any

from custom_components.whatsminer.client import MinerData
from custom_components.whatsminer.client.dialects import (
    v2_fields,
    v2_identity,
    v3_fields,
)
from custom_components.whatsminer.client.known import Known

NOW = 1_795_000_000.0


def read_v2(known: Known = Known(), **messages: Any) -> MinerData:
    """Return what is read of the fields of a miner's answers."""
    answers: v2_identity.Answers = {
        name: fields if {"POOLS", "DEVS", "Msg"} & set(fields) else {"Msg": fields}
        for name, fields in messages.items()
    }
    return v2_fields.parse_v2_data(answers, known, NOW)


def read_v3(
    info: Any = None,
    status: Any = None,
    setting: Any = None,
    known: Known | None = None,
) -> MinerData:
    """Return what is read of the messages of API 3."""
    return v3_fields.parse_v3_data(
        info or {}, status or {}, setting or {}, known or Known(), NOW
    )
