"""The dialogs of a miner, as tests go through them."""

from typing import Any

from homeassistant.config_entries import SOURCE_DHCP, SOURCE_USER
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import DOMAIN
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner


async def start(hass: HomeAssistant, user_input: dict[str, Any]) -> Any:
    """Open the flow, choose to enter an address, and fill in the form."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["address", "scan", "report", "manager"]
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "address"}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "address"
    assert not result["errors"]
    return await hass.config_entries.flow.async_configure(result["flow_id"], user_input)


def address(simulated: SimulatedMiner) -> str:
    """Return the address as a user would write it."""
    return f"{simulated.host}:{simulated.port}"


async def finish(hass: HomeAssistant, result: Any, simulated: SimulatedMiner) -> None:
    """Correct what was wrong and see the entry created."""
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"],
        {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == simulated.mac.lower()


async def for_reading(hass: HomeAssistant, result: Any) -> Any:
    """Confirm that a miner is added without a password."""
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "without_password"
    assert not result["errors"]
    return await hass.config_entries.flow.async_configure(result["flow_id"], {})


async def discover(hass: HomeAssistant, simulated: SimulatedMiner, **seen: str) -> Any:
    """Let a device ask for an address."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(
            **{
                "ip": simulated.host,
                "hostname": "whatsminer",
                "macaddress": simulated.mac.replace(":", "").lower(),
                **seen,
            }
        ),
    )


def suggested(result: Any) -> dict[str, Any]:
    """Return what a form is filled in with."""
    return {
        str(marker.schema): marker.description["suggested_value"]
        for marker in result["data_schema"].schema
        if marker.description
    }


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Choose what to change of an entry with a password."""
    result = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "reconfigure"
    assert result["menu_options"] == [
        *("reconfigure_address", "change_password", "only_read")
    ]
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": step}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == step
    return result
