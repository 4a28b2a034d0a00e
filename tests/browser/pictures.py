"""Take the pictures of the documents anew, of the demo that this starts.

Without names all but "day", which takes ten minutes: the demo plays it.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
import re
import signal
import subprocess
import sys

from playwright.sync_api import Page, expect, sync_playwright

from .fixtures import FLAGS, KEPT, PHONE, ROOT, blueprint_name, log_in, use_blueprint

IMAGES = ROOT / "docs" / "images"
DESKTOP = {"width": 1280, "height": 1250}
TALL = {"width": 1280, "height": 1540}
USER = PASSWORD = "demo"


@contextmanager
def demo(*options: str) -> Iterator[str]:
    """Run the demo and return where it is."""
    python = str(ROOT / ".venv/bin/python")
    command = [python, "-u", "-m", "scripts.demo_home", "--fresh"]
    log = KEPT / "demo.log"
    with (
        log.open("w") as output,
        subprocess.Popen([*command, *options], cwd=ROOT, stdout=output) as process,
    ):
        try:
            # It says so when everything is set up.
            while (found := re.search(r"Open +(http://\S+)", log.read_text())) is None:
                try:
                    process.wait(0.5)
                except subprocess.TimeoutExpired:
                    continue
                sys.exit(f"pictures: the demo ended, see {log.relative_to(ROOT)}")
            yield found[1]
        finally:
            process.send_signal(signal.SIGTERM)


def dashboard(page: Page) -> None:
    """Have one miner mine, one stand still and one climb, all with a past."""
    say("setting the scene, this takes two and a half minutes ...")
    for miner in range(3):
        switch_mining(page, miner, on=True)
    page.wait_for_timeout(90_000)
    for miner in (1, 2):
        switch_mining(page, miner, on=False)
    page.wait_for_timeout(15_000)
    switch_mining(page, 2, on=True)
    page.wait_for_timeout(35_000)


def switch_mining(page: Page, miner: int, *, on: bool) -> None:
    """Switch a miner with its tile, and wait until it obeyed."""
    tile = page.locator("ha-control-switch").nth(miner)
    if tile.evaluate("it => it.checked") is not on:
        tile.click()
        page.wait_for_function(
            "([it, on]) => it.checked === on", arg=[tile.element_handle(), on]
        )


def device(page: Page) -> None:
    """Open the page of the first miner's device."""
    page.locator("hui-heading-card .title").first.click()
    page.locator("ha-device-entities-card").first.wait_for()


def stopped(page: Page) -> None:
    """Stop the first miner, and wait until its power has fallen."""
    switch_mining(page, 0, on=False)
    page.wait_for_timeout(20_000)


def fault(page: Page) -> None:
    """Start the first miner again, and break a fan on its tab."""
    switch_mining(page, 0, on=True)
    page.get_by_role("tab").nth(1).click()
    row = page.locator("hui-toggle-entity-row").filter(has_text="Fan fault")
    row.locator("ha-switch").click()
    words = page.locator("hui-sensor-entity-row").get_by_text("Intake fan speed")
    expect(words.first).to_be_visible(timeout=90_000)


def farm(page: Page) -> None:
    """Show the dashboard for many miners, with the fault."""
    page.set_viewport_size(TALL)
    origin = page.evaluate("location.origin")
    page.goto(f"{origin}/miner-farm")
    expect(page.get_by_text("Intake fan speed").first).to_be_visible()


def blueprint(page: Page) -> None:
    """Choose the first miner in an automation of the watchdog, which the demo has."""
    miner = page.locator("hui-heading-card .title").first.inner_text()
    origin = page.evaluate("location.origin")
    page.goto(f"{origin}/config/blueprint/dashboard")
    use_blueprint(page, blueprint_name("watchdog"), miner)


def phone(page: Page) -> None:
    """Show the dashboard as a phone does."""
    page.set_viewport_size(PHONE)


def day(page: Page) -> None:
    """Wait for the household's evening."""
    say("waiting for the household's evening ...")
    page.set_viewport_size(TALL)
    evening = page.get_by_role("heading", name=re.compile(r"^23:[3-5]"))
    evening.wait_for(timeout=3_600_000)


# Each goes on from the one before: a fault stays on the dashboard.
USUAL: dict[str, Callable[[Page], None]] = {
    "dashboard": dashboard,
    "device": device,
    "stopped": stopped,
    "fault": fault,
    "farm": farm,
    "blueprint": blueprint,
    "phone": phone,
}
OF_THE_DAY: dict[str, Callable[[Page], None]] = {"day": day}
ALL = {**USUAL, **OF_THE_DAY}


def take(url: str, pictures: dict[str, Callable[[Page], None]]) -> None:
    """Take pictures of a running demo."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=FLAGS
        )
        context = browser.new_context(
            viewport=DESKTOP, timezone_id="UTC", locale="en-US"
        )
        context.set_default_timeout(60_000)
        context.add_init_script(
            """localStorage.setItem("dockedSidebar", '"always_hidden"')"""
        )
        page = context.new_page()
        log_in(page, url, USER, PASSWORD)
        for name, prepare in pictures.items():
            page.set_viewport_size(DESKTOP)
            page.goto(url)
            page.locator("#ha-launch-screen").wait_for(state="detached")
            prepare(page)
            # What is drawn, and not only there: curves and pictures.
            page.wait_for_timeout(3000)
            file = IMAGES / f"{name}.png"
            page.screenshot(path=file)
            say(f"docs/images/{name}.png, {file.stat().st_size >> 10} kB")
        browser.close()


def say(line: str) -> None:
    """Print a line of progress."""
    sys.stdout.write(f"pictures: {line}\n")
    sys.stdout.flush()


def main() -> None:
    """Take those that are named."""
    parser = argparse.ArgumentParser(prog="scripts/test --browser --pictures")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    names = parser.parse_args().names or list(USUAL)
    if unknown := set(names) - set(ALL):
        parser.error(f"there is no picture {', '.join(unknown)}")
    for kind, options in ((USUAL, ()), (OF_THE_DAY, ("--day",))):
        wanted = {name: kind[name] for name in kind if name in names}
        if wanted:
            with demo(*options) as url:
                take(url, wanted)


if __name__ == "__main__":
    main()
