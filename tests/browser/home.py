"""A Home Assistant with simulated miners for the browser, steered by lines on stdin.

It runs beside the tests because they live in an environment without Home Assistant. Says
on stdout where everything is, then obeys lines such as `2 api on` until stdin ends.
"""

import asyncio
from contextlib import AsyncExitStack
import json
import os
from pathlib import Path
import shutil
import sys

from aiohttp import web

from scripts.demo_home import folder
from scripts.demo_home.children import Child
from scripts.demo_home.home import PASSWORD, USER, Home
from tests.simulator import SimulatedMiner

FOLDER = folder.ROOT / ".cache" / "browser" / "home"
BLUEPRINTS = folder.ROOT / "blueprints" / "automation" / "whatsminer"
MINER_PASSWORD = "Heat_21"

CONFIGURATION = """\
homeassistant:
  name: Mining shed
  country: IS
  currency: USD
  unit_system: metric
  time_zone: UTC
frontend:
history:
logbook:
energy:
my:
recorder:
  commit_interval: 1
logger:
  default: warning
automation: !include automations.yaml
template:
  - sensor:
      - name: Grid meter
        unique_id: grid_meter
        device_class: power
        unit_of_measurement: W
        state: -4000
      - name: Electricity price
        unique_id: electricity_price
        unit_of_measurement: USD/kWh
        state: 0.1
      - name: Shed temperature
        unique_id: shed_temperature
        device_class: temperature
        unit_of_measurement: °C
        state: 15
lovelace:
  dashboards:
    miner-farm:
      mode: yaml
      title: Farm
      icon: mdi:server-network
      filename: farm.yaml
"""


def miners() -> list[SimulatedMiner]:
    """Return one miner to add by hand, and two to be found; the last takes no commands."""
    # Two runs at the same time must not meet.
    network = f"127.{os.getpid() >> 8 & 127 | 128}.{os.getpid() & 255}"
    return [
        SimulatedMiner(
            host=f"{network}.{index + 1}",
            port=4028,
            v3_port=4433,
            api=api,
            password=MINER_PASSWORD,
            v3_password=MINER_PASSWORD,
            index=index,
            speed=60,
            api_switch=api != "2.2.2",
        )
        for index, api in enumerate(("2.0.5", "dual", "2.2.2"))
    ]


def prepare(port: int) -> Child:
    """Return a Home Assistant with a new folder."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    folder.prepare(port, FOLDER)
    (FOLDER / "configuration.yaml").write_text(CONFIGURATION)
    (FOLDER / "automations.yaml").write_text("[]\n")
    shutil.copy(folder.ROOT / "dashboards" / "farm.yaml", FOLDER)
    # The overview first, as after an installation.
    (FOLDER / ".storage" / "frontend.system_data").unlink()
    command = [sys.executable, "-m", "homeassistant", "--config", str(FOLDER)]
    return Child(
        name="Home Assistant",
        command=[*command, "--skip-pip", "--log-no-color"],
        log=FOLDER / folder.LOGS / "home-assistant.log",
        cwd=FOLDER,
        env={"HA_DISABLE_LOG_FILE": "1", "HOME": str(FOLDER / "home")},
    )


async def serve(files: Path, stack: AsyncExitStack) -> str:
    """Serve files on loopback, and return where."""
    app = web.Application()
    app.router.add_static("/", files)
    runner = web.AppRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, folder.HOST, 0).start()
    return f"http://{folder.HOST}:{runner.addresses[0][1]}"


def say(line: str) -> None:
    """Say something to the tests."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def obey(miner: SimulatedMiner, what: str, how: str) -> None:
    """Do what a line says to a miner."""
    match what, how:
        case "api", "on" | "off":
            miner.device.api_switch = how == "on"
        case "fault", "none":
            miner.machine.error_codes.clear()
        case "fault", code:
            miner.machine.error_codes[int(code)] = miner.clock.now()
        case _:
            raise ValueError(f"{what} {how}")


async def main() -> None:
    """Run until stdin ends."""
    machines = miners()
    async with AsyncExitStack() as stack:
        for machine in machines:
            await stack.enter_async_context(machine)
        blueprints = await serve(BLUEPRINTS, stack)
        port = folder.free_port(None)
        home_assistant = prepare(port)
        await home_assistant.start()
        stack.push_async_callback(home_assistant.stop)
        async with Home(f"http://{folder.HOST}:{port}") as home:
            await home.wait_for_answer()
            await home.log_in()
            await home.wait_for_start()
            facts = {
                "url": home.url,
                "user": USER,
                "password": PASSWORD,
                "miners": [
                    {
                        "host": machine.host,
                        "mac": machine.mac.lower(),
                        "password": MINER_PASSWORD,
                    }
                    for machine in machines
                ],
                "blueprints": blueprints,
                "log": str(home_assistant.log),
            }
        say(json.dumps(facts))
        while line := await asyncio.to_thread(sys.stdin.readline):
            index, what, how = line.split()
            obey(machines[int(index)], what, how)
            say("done")


if __name__ == "__main__":
    asyncio.run(main())
