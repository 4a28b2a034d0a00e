"""Print what Home Assistant would install: run by the Python of its environment.

The first argument is a configuration folder, the others what is configured in it.
"""

import asyncio
import sys
from typing import Any

from homeassistant import bootstrap, loader, requirements as installer
from homeassistant.auth.mfa_modules import totp
from homeassistant.core import HomeAssistant
from homeassistant.util.package import is_installed


async def wanted(folder: str, configured: list[str]) -> set[str]:
    """Return the requirements of a start, as far as they are not installed."""
    found = set(totp.REQUIREMENTS)

    def collect(
        requirements: list[str], kwargs: dict[str, Any]
    ) -> tuple[set[str], set[str]]:
        """Note what is to be installed, and pretend that it was."""
        found.update(requirements)
        return set(requirements), set()

    installer._install_requirements_if_missing = collect  # noqa: SLF001
    hass = HomeAssistant(folder)
    loader.async_setup(hass)
    for domain in {
        *bootstrap.CORE_INTEGRATIONS,
        *bootstrap.DEFAULT_INTEGRATIONS,
        *configured,
    }:
        await installer.async_get_integration_with_requirements(hass, domain)
    await hass.async_stop(force=True)
    return {each for each in found if not is_installed(each)}


if __name__ == "__main__":
    print(*sorted(asyncio.run(wanted(sys.argv[1], sys.argv[2:]))), sep="\n")
