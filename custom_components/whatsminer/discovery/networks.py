"""The networks that Home Assistant is in."""

from ipaddress import IPv4Interface

from homeassistant.components import network
from homeassistant.core import HomeAssistant

from .scan import MAX_ADDRESSES, is_local


async def async_own_networks(hass: HomeAssistant) -> str:
    """Return the networks of Home Assistant's own adapters, as far as one scan goes.

    At most a /24 of each is proposed.
    """
    interfaces = (
        IPv4Interface(f"{ip['address']}/{max(ip['network_prefix'], 24)}")
        for adapter in await network.async_get_adapters(hass)
        if adapter["enabled"]
        for ip in adapter["ipv4"]
    )
    networks = dict.fromkeys(
        str(interface.network)
        for interface in interfaces
        if is_local(interface.ip)
        and not (interface.is_loopback or interface.is_link_local)
    )
    return ", ".join(list(networks)[: MAX_ADDRESSES // 256])
