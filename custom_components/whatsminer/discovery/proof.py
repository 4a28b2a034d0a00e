"""Find out who a miner is and what it allows, before it is added or changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD

from ..client import (
    CommandFailed,
    Miner,
    MinerIdentity,
    WhatsminerError,
    WriteAccessDisabled,
)
from ..const import CONF_ACCOUNT
from ..errors import error_key
from ..runtime import make_miner

_LOGIN = (CONF_ACCOUNT, CONF_PASSWORD)
_NOBODY = MinerIdentity()


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known about a miner so far."""

    data: dict[str, Any]
    """The data for its entry; a password that the miner cannot use is not in it."""
    error: str | None = None
    """The key of the error."""
    identity: MinerIdentity = _NOBODY
    has_accounts: bool | None = None
    note: str | None = None
    """The step that explains what could not be checked."""

    def for_reading(self) -> Proof:
        """Return the same without the password, for a miner that is only read."""
        data = without_login(self.data)
        return replace(self, data=data, error=None, note="without_password")


async def prove(
    data: dict[str, Any],
    before: Proof,
    changed: ConfigEntry | None,
    found: str | None,
) -> Proof:
    """Find out who the miner is and what it allows; this changes nothing on it.

    An entry that is to be changed stays with its miner, and so does the MAC address of a
    miner that was found: another one gets no password. If the miner refuses, an entry
    keeps its password.
    """
    proof = replace(before, data=data, error=None)
    miner = make_miner(data, found if changed is None else changed.unique_id)
    try:
        identity = await miner.identify()
        if identity.mac is None and not miner.is_plain_cgminer:
            return replace(proof, error="no_mac")
        proof = replace(proof, identity=identity)
        if changed is not None and identity.mac != changed.unique_id:
            return replace(proof, error="another_miner")
        if found is not None and identity.mac not in (None, found):
            return replace(proof, error="wrong_device")
        proof = replace(proof, has_accounts=miner.has_accounts)
        note, is_kept = await _prove_password(
            miner, has_mac=identity.mac is not None, is_new=changed is None
        )
    except WhatsminerError as err:
        return replace(proof, error=error_key(err))
    finally:
        await miner.close()
    if not is_kept:
        data = without_login(data)
    return replace(proof, data=data, note=note)


def without_login(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry holds without its password, and the account of that."""
    return {key: value for key, value in data.items() if key not in _LOGIN}


def only_login(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the password of an entry, and the account that it belongs to."""
    return {key: data[key] for key in _LOGIN if key in data}


async def _prove_password(
    miner: Miner, *, has_mac: bool, is_new: bool
) -> tuple[str | None, bool]:
    """Check the password if there is one; return the step to show, and whether to keep it."""
    if miner.can_write:
        try:
            is_proven = await miner.check_password()
        except WriteAccessDisabled:
            return "write_access", True
        except CommandFailed:
            if not is_new:
                raise
        else:
            if miner.write_access is False:
                return "write_access", True
            return None if is_proven else "unproven", True
    if miner.is_plain_cgminer and not has_mac:
        return "by_address", False
    is_useless = miner.is_plain_cgminer or miner.can_write
    return "no_commands" if is_useless else "without_password", False
