"""Write commands of API v2 that 2.0.5 does not have: older and newer ones."""

from functools import partial

from .device import Device, Reply
from .generation import Dialect
from .v2_commands import WRITES, Write, enable, failed, ok
from .v2_params import Params, integer, text

CUSTOMER_KEYS = ("CustomerSn", *(f"msg{number}" for number in range(10)))


def _set_power(device: Device, params: Params) -> Reply:
    """Want so many W; the manual's dynamic value, 0 for none."""
    device.machine.set_power(integer(params, "power", 0, 99999) or None)
    return ok(device)


def _restore_power_pct(device: Device, _params: Params) -> Reply:
    """Undo set_power_pct and set_power_pct_v2 without a restart."""
    device.machine.physics.set_percent(100, fast=False)
    return ok(device)


def _set_heat_mode(device: Device, params: Params) -> Reply:
    """Change the heat mode; hydro cooling only. Manuals differ in a word."""
    mode = text(params, "mode", "heating|normal|anti-icing|anti-freezing")
    if device.machine.profile.cooling != "hydro":
        return failed(device)
    device.machine.settings.heat_mode = mode
    return ok(device)


def _set_customer_msg(device: Device, params: Params) -> Reply:
    """Keep a text of the owner, shorter than 128 bytes."""
    key = text(params, "key", "|".join(CUSTOMER_KEYS))
    value = text(params, "val", r"[ -~]{0,127}")
    device.machine.settings.customer[key] = value
    return ok(device)


def _get_customer_msg(device: Device, _params: Params) -> Reply:
    """Return the texts of the owner; no answer of a device is recorded."""
    return ok(device, customer_texts(device))


def customer_texts(device: Device) -> dict[str, str]:
    """Return all texts of the owner, empty ones too."""
    kept = device.machine.settings.customer
    return {key: kept.get(key, "") for key in CUSTOMER_KEYS}


OTHER_WRITES: dict[str, dict[str, Write]] = {
    "": {},
    "old": {
        "enable_cgminer_fast_boot": partial(enable, "fast_boot", True),
        "disable_cgminer_fast_boot": partial(enable, "fast_boot", False),
        "ssh_open": partial(enable, "ssh", True),
        "ssh_close": partial(enable, "ssh", False),
    },
    # set_fast_mining and set_fast_hash are left out: their form is not known.
    "new": {
        "set_power": _set_power,
        "restore_power_pct": _restore_power_pct,
        "set_heat_mode": _set_heat_mode,
        "enable_btminer_init": partial(enable, "start_at_boot", True),
        "disable_btminer_init": partial(enable, "start_at_boot", False),
        "set_customer_msg": _set_customer_msg,
        "get_customer_msg": _get_customer_msg,
    },
}
ALL_WRITES = WRITES | OTHER_WRITES["old"] | OTHER_WRITES["new"]


def find_write(dialect: Dialect, command: str) -> Write | None:
    """Return a write command of a dialect, None if it has none of that name."""
    if dialect.is_cgminer or command in dialect.lacks:
        return None
    return WRITES.get(command) or OTHER_WRITES[dialect.adds].get(command)
