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
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
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

CONF_NETWORK = "network"
CONF_NEW_PASSWORD = "new_password"
CONF_REPEATED = "new_password_again"

PASSWORD = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
_NEW_PASSWORD = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)
_ACCOUNT = SelectSelector(SelectSelectorConfig(options=list(ACCOUNTS)))


def _whole_number(lowest: int, highest: int, unit: str) -> probatio.All[int]:
    """Return the field of a whole number."""
    config = NumberSelectorConfig(
        min=lowest,
        max=highest,
        step=1,
        unit_of_measurement=unit,
        mode=NumberSelectorMode.BOX,
    )
    return probatio.All(NumberSelector(config), probatio.Coerce(int))


NOTHING = probatio.Schema({})
SCAN = probatio.Schema({probatio.Required(CONF_NETWORK): TextSelector()})
ADDRESS = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Optional(CONF_PASSWORD): PASSWORD,
    }
)
ADDRESS_AND_ACCOUNT = ADDRESS.extend({probatio.Required(CONF_ACCOUNT): _ACCOUNT})
ONE_PASSWORD = probatio.Schema({probatio.Required(CONF_PASSWORD): PASSWORD})
OPTIONAL_PASSWORD = probatio.Schema({probatio.Optional(CONF_PASSWORD): PASSWORD})
_ACCOUNT_ALONE = probatio.Schema(
    {probatio.Required(CONF_ACCOUNT, default=DEFAULT_ACCOUNT): _ACCOUNT}
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
        probatio.Required(
            CONF_SCAN_INTERVAL, default=SCAN_INTERVAL.seconds
        ): _whole_number(MIN_SCAN_INTERVAL, MAX_SCAN_INTERVAL, UnitOfTime.SECONDS),
        probatio.Required(CONF_GENTLE, default=False): BooleanSelector(),
        probatio.Required(
            CONF_LOWEST_PERCENT, default=DEFAULT_LOWEST_PERCENT
        ): _whole_number(0, 100, PERCENTAGE),
        probatio.Required(CONF_START_MINUTES, default=0): _whole_number(
            0, 24 * 60, UnitOfTime.MINUTES
        ),
    }
)


def found_miners(labels: Mapping[str, str], chosen: list[str]) -> probatio.Schema:
    """Return the form in which found miners are chosen, each by its label.

    The list may be long: the password would be overlooked at its end.
    """
    options = [SelectOptionDict(value=key, label=each) for key, each in labels.items()]
    return probatio.Schema(
        {
            probatio.Optional(CONF_PASSWORD): PASSWORD,
            probatio.Required(CONF_MINERS, default=chosen): SelectSelector(
                SelectSelectorConfig(
                    options=options, multiple=True, mode=SelectSelectorMode.LIST
                )
            ),
        }
    )
