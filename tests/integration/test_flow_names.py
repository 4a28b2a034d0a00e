"""Names that a device gave reach dialogs as text: no Markdown, no HTML, not long."""

from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.whatsminer.client import MinerIdentity
from custom_components.whatsminer.discovery.flow import miner_name
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .farm_helpers import find, finish, go_on
from .flow_helpers import discover, reconfigure, start
from .helpers import make_entry

HOSTILE = "<img src=x onerror=alert(1)>[a](http://b) www.c.example *d*\r\n# e\u202ef"
PLAIN = "img src=x onerror=alert(1)[a](http://b) www.c.example *d* #…"
ESCAPED = (
    r"img src\=x onerror\=alert\(1\)\[a\]\(http\:\/\/b\) www\.c\.example \*d\* \#…"
)


pytestmark = pytest.mark.usefixtures("set_up_entry")


@pytest.mark.parametrize(
    ("hostname", "model", "name"),
    [
        ("cellar", "M50S_VH50", "cellar"),
        ("whatsMiner", "M50S_VH50", "WhatsMiner M50S VH50"),
        (None, None, "WhatsMiner"),
        ("", "M50", "WhatsMiner M50"),
        ("\0\u202e \ud83d", "M50", "WhatsMiner M50"),
        ("<>", "<b>M50</b>", "WhatsMiner bM50/b"),
        ("a\nb\x1b[31mc", None, "a b [31mc"),
        ("rig7 \ud83d", None, "rig7"),
        ("x" * 61, None, "x" * 59 + "…"),
        (None, "y" * 100_000, "WhatsMiner " + "y" * 48 + "…"),
        ("Käfig 🏭", None, "Käfig 🏭"),
        (HOSTILE, None, PLAIN),
    ],
)
def test_name(hostname: str | None, model: str | None, name: str) -> None:
    """The name of an entry is short and plain, in one line."""
    assert miner_name(MinerIdentity(hostname=hostname, model=model)) == name


@pytest.mark.parametrize("api", ["2.0.5", "3.0.2"])
async def test_dialogs(hass: HomeAssistant, api: str) -> None:
    """Each dialog shows the name as it is."""
    async with at_home(api=api) as simulated:
        simulated.machine.settings.hostname = HOSTILE
        result = await discover(hass, simulated)
        assert result["description_placeholders"]["name"] == ESCAPED
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["title_placeholders"] == {"name": PLAIN}
        result = await go_on(hass, result)
        assert result["step_id"] == "without_password"
        assert result["description_placeholders"] == {"name": ESCAPED}
        result = await go_on(hass, result, password=PASSWORD)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["title"] == PLAIN


async def test_refused_commands(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """So does the one of a miner that refuses commands."""
    simulated.machine.settings.hostname = HOSTILE
    simulated.device.api_switch = False
    host = f"{simulated.host}:{simulated.port}"
    result = await start(hass, {CONF_HOST: host, CONF_PASSWORD: PASSWORD})
    assert result["step_id"] == "write_access"
    assert result["description_placeholders"] == {"name": ESCAPED}


async def test_dialogs_about_an_entry(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """An entry may have its name from the device, or from its owner."""
    entry = make_entry(simulated, title="*Rig* 7")
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    assert result["description_placeholders"] == {"name": r"\*Rig\* 7"}
    result = await entry.start_reconfigure_flow(hass)
    assert result["description_placeholders"] == {"name": r"\*Rig\* 7"}
    for step in ("reconfigure_address", "change_password", "only_read"):
        result = await reconfigure(hass, entry, step)
        assert result["description_placeholders"] == {"name": r"\*Rig\* 7"}


async def test_report(hass: HomeAssistant) -> None:
    """The list at the end is a list, whatever a miner is called."""
    async with at_home() as simulated:
        simulated.machine.settings.hostname = HOSTILE
        result = await find(hass, simulated.host)
        result = await go_on(hass, result, miners=[simulated.mac.lower()])
        result = await finish(hass, result)
        report = result["description_placeholders"]["report"]
        assert report.splitlines()[2:] == [f"- {ESCAPED} (`{simulated.host}`)"]
