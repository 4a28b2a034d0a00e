"""The entry of a miner as it is stored, which somebody may have edited by hand."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_SCAN_INTERVAL
from homeassistant.helpers import config_validation as cv
import probatio

from .const import CONF_ACCOUNT, MAX_SCAN_INTERVAL
from .discovery.address import parse_address
from .forms import ACCOUNT_FIELD, OPTIONS
from .selectors import accepts, whole


def unreadable(entry: ConfigEntry[Any]) -> list[str]:
    """Return the keys of data and options that no dialog can have left so."""
    missing = [] if CONF_HOST in entry.data else [CONF_HOST]
    return missing + _wrong(entry.data, _DATA) + _wrong(entry.options, _OPTIONS)


def readable_options(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return the options that can be shown in the form."""
    wrong = _wrong(entry.options, _OPTIONS)
    return {key: value for key, value in entry.options.items() if key not in wrong}


def _wrong(
    stored: Mapping[str, Any], fields: Mapping[str, Callable[[Any], Any]]
) -> list[str]:
    """Return which values their fields cannot have left."""
    return [
        key
        for key, field in fields.items()
        if key in stored and not accepts(field, stored[key])
    ]


def _host(value: Any) -> str:
    """Return an address; raises Invalid for what is none."""
    text = cv.string(value)
    if parse_address(text) is None:
        raise probatio.Invalid("not an address")
    return text


def _password(value: Any) -> str:
    """Return a text that can be sent; raises Invalid or ValueError for another one."""
    return cv.string(value).encode().decode()


_DATA: Final[Mapping[str, Callable[[Any], Any]]] = {
    CONF_HOST: _host,
    CONF_PORT: whole(1, 65535),
    CONF_PASSWORD: _password,
    CONF_ACCOUNT: ACCOUNT_FIELD,
}
_OPTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **{str(key): field for key, field in OPTIONS.schema.items()},
    # The day of the demo is read faster than anybody can choose.
    CONF_SCAN_INTERVAL: whole(1, MAX_SCAN_INTERVAL),
}
