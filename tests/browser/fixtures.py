"""What the steps share: one Home Assistant, one browser that is logged in to it."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import re
import subprocess
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright
import pytest

ROOT = Path(__file__).parents[2]
BLUEPRINTS = ROOT / "blueprints" / "automation" / "whatsminer"
KEPT = ROOT / ".cache" / "browser"
"""Where pictures of failed steps and logs are kept."""

DESKTOP = {"width": 1360, "height": 1000}
PHONE = {"width": 390, "height": 844}

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name is looked up: the browser knows loopback and nothing else.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

PATIENCE = 60_000
"""Milliseconds for what should be there at once, on a machine that is busy."""

_TEXTS = json.loads(
    (ROOT / "custom_components/whatsminer/translations/en.json").read_text()
)
_FAILED = pytest.StashKey[bool]()


def words(path: str) -> re.Pattern[str]:
    """Return how a text of the integration looks on the page: its first paragraph."""
    text = _TEXTS
    for key in path.split("."):
        text = text[key]
    plain = re.sub(r"[*`]|^#+ ", "", text.split("\n\n")[0])
    return re.compile(".+".join(map(re.escape, re.split(r"\{\w+\}", plain))))


class House:
    """The Home Assistant and its miners, run by tests/browser/home.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wait until it is up."""
        self._process = process
        self.facts: dict[str, Any] = json.loads(self._answer())
        self.url: str = self.facts["url"]
        self.miners: list[dict[str, str]] = self.facts["miners"]

    def obey(self, line: str) -> None:
        """Do something to a miner, such as `2 api on`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        assert self._answer() == "done\n"

    def _answer(self) -> str:
        """Return a line of the house."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the house is down, see {KEPT / 'home.log'}"
        return line


class Visit:
    """One page of the browser, and what Home Assistant says there."""

    def __init__(self, page: Page, house: House) -> None:
        """Remember page and house."""
        self.page = page
        self.house = house

    def open(self, path: str) -> None:
        """Go to a page of Home Assistant."""
        self.page.goto(self.house.url + path)
        self.page.locator("#ha-launch-screen").wait_for(state="detached")

    def ask(self, command: str, **arguments: Any) -> Any:
        """Return the answer to a command of Home Assistant's WebSocket."""
        return self.page.evaluate(
            "it => document.querySelector('home-assistant').hass.callWS(it)",
            {"type": command, **arguments},
        )

    def device(self, miner: int) -> dict[str, Any]:
        """Return the device of a miner."""
        mac = ["mac", self.house.miners[miner]["mac"]]
        devices = self.ask("config/device_registry/list")
        return next(each for each in devices if mac in each["connections"])

    def entity(self, miner: int, key: str) -> str:
        """Return the entity id of a miner by platform and key, such as `sensor.power`."""
        domain, _, name = key.partition(".")
        wanted = f"{self.house.miners[miner]['mac']}_{name}"
        return next(
            str(entry["entity_id"])
            for entry in self.ask("config/entity_registry/list")
            if entry["unique_id"] == wanted
            and entry["entity_id"].startswith(f"{domain}.")
        )

    def read(self, miner: int) -> None:
        """Let Home Assistant read a miner now, not some seconds later."""
        self.ask(
            "call_service",
            domain="homeassistant",
            service="update_entity",
            service_data={"entity_id": self.entity(miner, "switch.mining")},
        )

    def open_device(self, miner: int) -> None:
        """Go to the page of a miner."""
        self.open(f"/config/devices/device/{self.device(miner)['id']}")

    def row(self, miner: int, key: str) -> Locator:
        """Return the row of an entity on the page of its device."""
        # The frontend names no row by its entity: mark the one that is meant.
        entity = self.entity(miner, key)
        self.page.wait_for_function(
            """entity => {
                const all = root => [...root.querySelectorAll("*")].flatMap(
                    it => it.shadowRoot ? [it, ...all(it.shadowRoot)] : [it]);
                const row = all(document).find(it =>
                    it.localName === "hui-generic-entity-row"
                    && it.config?.entity === entity);
                row?.setAttribute("data-entity", entity);
                return row;
            }""",
            arg=entity,
        )
        return self.page.locator(f'[data-entity="{entity}"]')

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """Return the button of that name that came last, as of a dialog."""
        return self.page.get_by_role("button", name=name).last

    def field(self, name: str) -> Locator:
        """Return a field of a form."""
        return self.page.locator(f"ha-form input[name={name}]")

    def says(self, path: str) -> None:
        """Wait until a text of the integration is on the page."""
        self.page.get_by_text(words(path)).first.wait_for()

    def choose(self, path: str) -> None:
        """Click on a text of the integration."""
        self.page.get_by_text(words(path)).first.click()

    @contextmanager
    def slow_line(self, pattern: str) -> Iterator[None]:
        """Let answers to the page come a second late."""

        def late(route: Route) -> None:
            answer = route.fetch()
            self.page.wait_for_timeout(1000)
            route.fulfill(response=answer)

        self.page.route(pattern, late)
        yield
        # An answer that is still held back would be given twice.
        self.page.unroute_all(behavior="wait")

    def button_of_entry(self, entry: str, button: str) -> None:
        """Press a button in the row of an entry."""
        self.open("/config/integrations/integration/whatsminer")
        row = self.page.locator("ha-config-entry-row").filter(
            has=self.page.get_by_text(entry, exact=True)
        )
        row.get_by_role("button", name=button).first.click()

    def menu(self, miner: int, item: str) -> None:
        """Choose from the three dots of a miner's entry."""
        self.button_of_entry(self.device(miner)["name"], "Menu")
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def manager(self) -> dict[str, Any]:
        """Return the device of the power manager."""
        devices = self.ask("config/device_registry/list")
        return next(each for each in devices if each["model"] == "Power manager")

    def number(self, path: str) -> Locator:
        """Return a field of a number, by its name in the translation."""
        return self.page.get_by_role("spinbutton", name=words(path))

    def pick_entity(self, name: str) -> None:
        """Select an entity in the first field for one that can be seen."""
        self.page.locator("ha-entity-picker").filter(visible=True).first.click()
        picker = self.page.locator("ha-picker-combo-box")
        picker.locator("input").fill(name)
        picker.get_by_text(name, exact=True).first.click()
        # While it closes, what is entered elsewhere would be lost.
        expect(picker).to_have_count(0)


def blueprint_name(key: str) -> str:
    """Return the name of a blueprint."""
    text = (BLUEPRINTS / f"{key}.yaml").read_text()
    name: str
    (name,) = re.findall('^  name: "?(.*?)"?$', text, re.MULTILINE)
    return name


def import_blueprint(page: Page, key: str, miner: str) -> str:
    """Import what the dialog asks for, begin its automation for a miner; return its name."""
    name = blueprint_name(key)
    dialog = page.locator("ha-dialog-import-blueprint")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog).to_contain_text(name)
    dialog.get_by_role("button", name="Import blueprint").click()
    use_blueprint(page, name, miner)
    return name


def use_blueprint(page: Page, name: str, miner: str) -> None:
    """Begin an automation of a blueprint in the list, for a miner."""
    page.get_by_role("row").get_by_text(name, exact=True).click()
    page.get_by_text("Select an entity").first.click()
    picker = page.locator("ha-picker-combo-box")
    picker.get_by_text(miner, exact=True).first.click()
    expect(picker).to_have_count(0)


def log_in(page: Page, url: str, user: str, password: str) -> None:
    """Log in, as a user does."""
    page.goto(url)
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.locator("ha-sidebar").wait_for(state="attached")


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Return a Home Assistant that runs for all steps."""
    with (
        (KEPT / "home.log").open("w") as log,
        subprocess.Popen(
            [ROOT / ".venv/bin/python", "-m", "tests.browser.home"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        # It ends when its stdin does.
        yield House(process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the machine's own Chromium."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page(browser: Browser, house: House) -> Page:
    """Return a page that is logged in."""
    context = browser.new_context(
        viewport=DESKTOP, timezone_id="UTC", locale="en-US", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    log_in(page, house.url, house.facts["user"], house.facts["password"])
    return page


@pytest.fixture
def visit(page: Page, house: House, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return the page for one step; its picture is kept when the step fails."""
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    yield Visit(page, house)
    if request.node.stash.get(_FAILED, False):
        page.screenshot(path=KEPT / f"{request.node.name}.png")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Remember whether a step failed, and say where its picture is."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[_FAILED] = True
        report.sections.append(("picture", str(KEPT / f"{item.name}.png")))
    return report
