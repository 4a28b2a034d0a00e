"""The forms of the dialogs."""

from collections.abc import Mapping

from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_SCAN_INTERVAL,
    PERCENTAGE,
    UnitOfTime,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .client import ACCOUNTS, DEFAULT_ACCOUNT
from .const import (
    CONF_ACCOUNT,
    CONF_GENTLE,
    CONF_LOWEST_PERCENT,
    CONF_MINERS,
    CONF_START_MINUTES,
    DEFAULT_LOWEST_PERCENT,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
    SCAN_INTERVAL,
)
from .selectors import choice_of, whole

CONF_NETWORK = "network"
CONF_NEW_PASSWORD = "new_password"
CONF_REPEATED = "new_password_again"

PASSWORD = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
_NEW_PASSWORD = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)
ACCOUNT_FIELD = SelectSelector(SelectSelectorConfig(options=list(ACCOUNTS)))

NOTHING = probatio.Schema({})
SCAN = probatio.Schema({probatio.Required(CONF_NETWORK): TextSelector()})
ADDRESS = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Optional(CONF_PASSWORD): PASSWORD,
    }
)
ADDRESS_AND_ACCOUNT = ADDRESS.extend({probatio.Required(CONF_ACCOUNT): ACCOUNT_FIELD})
ONE_PASSWORD = probatio.Schema({probatio.Required(CONF_PASSWORD): PASSWORD})
OPTIONAL_PASSWORD = probatio.Schema({probatio.Optional(CONF_PASSWORD): PASSWORD})
_ACCOUNT_ALONE = probatio.Schema(
    {probatio.Required(CONF_ACCOUNT, default=DEFAULT_ACCOUNT): ACCOUNT_FIELD}
)
ACCOUNT = _ACCOUNT_ALONE.extend(ONE_PASSWORD.schema)
ACCOUNT_IF_ANY = _ACCOUNT_ALONE.extend(OPTIONAL_PASSWORD.schema)
NEW_PASSWORD_TWICE = probatio.Schema(
    {
        probatio.Required(CONF_NEW_PASSWORD): _NEW_PASSWORD,
        probatio.Required(CONF_REPEATED): _NEW_PASSWORD,
    }
)
OPTIONS = probatio.Schema(
    {
        probatio.Required(CONF_SCAN_INTERVAL, default=SCAN_INTERVAL.seconds): whole(
            MIN_SCAN_INTERVAL, MAX_SCAN_INTERVAL, UnitOfTime.SECONDS
        ),
        probatio.Required(CONF_GENTLE, default=False): BooleanSelector(),
        probatio.Required(CONF_LOWEST_PERCENT, default=DEFAULT_LOWEST_PERCENT): whole(
            0, 100, PERCENTAGE
        ),
        probatio.Required(CONF_START_MINUTES, default=0): whole(
            0, 24 * 60, UnitOfTime.MINUTES
        ),
    }
)


def found_miners(labels: Mapping[str, str], chosen: list[str]) -> probatio.Schema:
    """Return the form in which found miners are chosen, each by its label.

    The list may be long: the password would be overlooked at its end.
    """
    return probatio.Schema(
        {
            probatio.Optional(CONF_PASSWORD): PASSWORD,
            probatio.Required(CONF_MINERS, default=chosen): choice_of(
                labels, multiple=True, mode=SelectSelectorMode.LIST
            ),
        }
    )
