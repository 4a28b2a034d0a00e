"""What a user does in the browser, from the first miner to the phone.

Each step goes on from the one before. Words are compared with those of the translation, and
entities are found by miner and key: neither is written down here a second time.
"""

from pathlib import Path
import re
from typing import Any

from playwright.sync_api import Page, expect

from .fixtures import PHONE, Visit, import_blueprint, words
from .pictures import ALL, IMAGES

ALONE, FOUND, CLOSED = range(3)
"""The miners: one to add by hand, and two to be found, the second of which refuses."""

MINES = re.compile("Starting|Tuning|Mining")

_ALL = """const all = root => [...root.querySelectorAll("*")].flatMap(
    it => it.shadowRoot ? [it, ...all(it.shadowRoot)] : [it]);"""

# Texts that are cut, or reach beyond the screen.
_CUT = f"""() => {{ {_ALL}
    const width = document.documentElement.clientWidth;
    return all(document).filter(it => {{
        const box = it.getBoundingClientRect();
        const style = getComputedStyle(it);
        const text = [...it.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.data.trim());
        if (!text || !box.width || !box.height || style.visibility === "hidden")
            return false;
        return box.right > width + 1
            || it.scrollWidth > it.clientWidth + 1 && style.overflowX === "hidden";
    }}).map(it => it.textContent.trim());
}}"""

# Texts of the cards whose contrast is too low to be read.
_FAINT = f"""() => {{ {_ALL}
    const color = text => text.match(/[\\d.]+/g).map(Number);
    const light = rgb => rgb.slice(0, 3).map(it => it / 255)
        .map(it => it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)
        .reduce((sum, it, i) => sum + it * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = it => {{
        if (!it) return [255, 255, 255];
        const back = color(getComputedStyle(it).backgroundColor);
        return back.length < 4 || back[3] > 0.5 ? back
            : behind(it.parentElement ?? it.getRootNode().host);
    }};
    return all(document).filter(it => it.closest("ha-markdown-element, .card-content"))
        .filter(it => [...it.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
        .filter(it => {{
            const [a, b] = [light(color(getComputedStyle(it).color)), light(behind(it))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 3;
        }}).map(it => it.textContent.trim());
}}"""


def test_add_a_miner(visit: Visit) -> None:
    """Add a miner; with a wrong password it is said why, and what was typed stays."""
    page, miner = visit.page, visit.house.miners[ALONE]
    visit.open("/config/integrations/dashboard")
    visit.button("Add integration").click()
    page.get_by_placeholder("Search for a brand name").fill("whatsminer")
    page.get_by_text("WhatsMiner", exact=True).last.click()
    visit.choose("config.step.user.menu_options.address")
    visit.field("host").fill(miner["host"])
    visit.field("password").fill("wrong")
    visit.button("Submit").click()
    visit.says("config.error.invalid_auth")
    expect(visit.field("host")).to_have_value(miner["host"])
    expect(visit.field("password")).to_have_value("wrong")

    visit.field("password").fill(miner["password"])
    visit.button("Submit").click()
    visit.button(re.compile("inish$")).click()
    page.wait_for_url(f"**/config/devices/device/{visit.device(ALONE)['id']}")
    expect(visit.row(ALONE, "sensor.hashrate")).to_contain_text(
        re.compile(r"1[12]\d(\.\d+)? TH/s")
    )


def test_stop_and_start(visit: Visit) -> None:
    """Stop mining and start it again, with the switch on the page of the device."""
    visit.open_device(ALONE)
    row = visit.row(ALONE, "switch.mining")
    status = visit.row(ALONE, "sensor.status")
    switch = row.get_by_role("switch")
    expect(switch).to_be_checked()
    expect(status).to_contain_text(MINES)
    row.locator("ha-switch").click()
    expect(status).to_contain_text("Stopped")
    expect(switch).not_to_be_checked()
    row.locator("ha-switch").click()
    expect(status).to_contain_text(MINES)
    expect(switch).to_be_checked()


def test_refused_value(visit: Visit) -> None:
    """What a miner does not take now is refused in words, and never becomes a state."""
    visit.open_device(ALONE)
    visit.row(ALONE, "switch.mining").locator("ha-switch").click()
    expect(visit.row(ALONE, "sensor.status")).to_contain_text("Stopped")
    percent, status = (
        visit.entity(ALONE, key) for key in ("number.power_percent", "sensor.status")
    )
    visit.page.evaluate(
        """async entities => {
            const seen = window.seen = [];
            const { connection } = document.querySelector("home-assistant").hass;
            await connection.subscribeEvents(
                ({ data }) => entities.includes(data.entity_id) && seen.push(data),
                "state_changed");
        }""",
        [percent, status],
    )
    number = visit.row(ALONE, "number.power_percent").locator("input")
    number.fill("60")
    number.press("Enter")
    visit.says("exceptions.power_percent_stopped.message")
    visit.row(ALONE, "button.restart_mining").get_by_role("button").click()
    visit.says("exceptions.start_stop_stopped.message")
    assert visit.page.evaluate("window.seen") == []
    visit.row(ALONE, "switch.mining").locator("ha-switch").click()
    expect(visit.row(ALONE, "sensor.status")).to_contain_text(MINES)


def test_scan(visit: Visit) -> None:
    """Find two more miners and add them with one password; one is added for reading."""
    page = visit.page
    visit.open("/config/integrations/integration/whatsminer")
    visit.button("Add device").click()
    visit.choose("config.step.user.menu_options.scan")
    first, last = (visit.house.miners[each]["host"] for each in (FOUND, CLOSED))
    visit.field("network").fill(f"{first}-{last}")
    # Over a slow line the scan is done before the dialog listens for its end.
    with visit.slow_line("**/config_entries/flow/*"):
        visit.button("Submit").click()
        visit.says("config.progress.scanning")
    for host in (first, last):
        expect(page.get_by_role("checkbox", name=host)).to_be_checked()
    visit.field("password").fill(visit.house.miners[FOUND]["password"])
    visit.button("Submit").click()
    visit.says("config.abort.farm_added")
    visit.says("config.error.read_only")
    expect(page.get_by_role("listitem").filter(has_text=last)).to_be_visible()
    visit.button("Close").click()
    for miner in (ALONE, FOUND, CLOSED):
        expect(
            page.locator("ha-config-entry-row").filter(
                has=page.get_by_text(visit.device(miner)["name"], exact=True)
            )
        ).to_be_visible()


def test_repair(visit: Visit) -> None:
    """A miner that refuses commands is a repair, and none when it takes them."""
    title = "issues.write_access_off.title"
    visit.open("/config/repairs")
    visit.choose(title)
    flow = "issues.write_access_off.fix_flow"
    visit.says(f"{flow}.step.check.description")
    error = visit.page.get_by_text(words(f"{flow}.error.not_yet"))
    expect(error).to_have_count(0)
    expect(visit.page.get_by_role("link", name="Read more")).to_be_visible()
    check = visit.button(words(f"{flow}.step.check.submit"))
    check.click()
    expect(error).to_be_visible()
    expect(check).to_have_attribute("aria-busy", "false")

    # As the user does with WhatsMinerTool.
    visit.house.obey(f"{CLOSED} api on")
    check.click()
    expect(visit.page.get_by_text("repaired")).to_be_visible()
    visit.open("/config/repairs")
    expect(visit.page.get_by_text("no repairs")).to_be_visible()
    expect(visit.page.get_by_text(words(title))).to_have_count(0)


def test_reconfigure(visit: Visit) -> None:
    """Change the address, then the password on the miner; the menu has three ways."""
    page, miner = visit.page, visit.house.miners[FOUND]
    menu = "config.step.reconfigure.menu_options"
    visit.menu(FOUND, "Reconfigure")
    for way in ("reconfigure_address", "change_password", "only_read"):
        visit.says(f"{menu}.{way}")
    visit.choose(f"{menu}.reconfigure_address")
    expect(visit.field("host")).to_have_value(miner["host"])
    visit.field("host").fill(visit.house.miners[ALONE]["host"])
    visit.button("Submit").click()
    visit.says("config.error.another_miner")
    expect(visit.field("host")).to_have_value(visit.house.miners[ALONE]["host"])
    visit.field("host").fill(miner["host"])
    visit.button("Submit").click()
    visit.button("Close").click()
    expect(visit.field("host")).to_have_count(0)

    visit.menu(FOUND, "Reconfigure")
    visit.choose(f"{menu}.change_password")
    visit.field("new_password").fill("Warm_22")
    visit.field("new_password_again").fill("Warm_23")
    visit.button("Submit").click()
    visit.says("config.error.not_the_same")
    visit.field("new_password_again").fill("Warm_22")
    visit.button("Submit").click()
    visit.says("config.abort.password_changed")
    visit.button("Close").click()
    expect(page.get_by_text(words("config.abort.password_changed"))).to_have_count(0)

    visit.open_device(FOUND)
    switch = visit.row(FOUND, "switch.mining")
    switch.locator("ha-switch").click()
    expect(visit.row(FOUND, "sensor.status")).to_contain_text("Stopped")
    switch.locator("ha-switch").click()
    expect(visit.row(FOUND, "sensor.status")).to_contain_text(MINES)


def test_power_manager(visit: Visit) -> None:
    """Set up a power manager in two forms; paused, it shows what it would do."""
    page = visit.page
    visit.open("/config/integrations/integration/whatsminer")
    visit.button("Add device").click()
    visit.choose("config.step.user.menu_options.manager")
    visit.says("config.step.manager.description")
    visit.pick_entity("Grid meter")
    visit.button("Submit").click()
    visit.says("config.step.manager_miners.data.miners")
    for miner in (ALONE, FOUND, CLOSED):
        name = visit.device(miner)["name"]
        expect(page.locator("ha-form").get_by_text(name, exact=True)).to_be_visible()
    visit.button("Submit").click()
    visit.says("config.create_entry.paused")
    visit.button(re.compile("inish$")).click()

    visit.open(f"/config/devices/device/{visit.manager()['id']}")
    for shown in ("reason.name", "reason.state.paused", "target_power.name"):
        text = page.get_by_text(words(f"entity.sensor.{shown}"))
        expect(text.filter(visible=True).first).to_be_visible()


def test_options_of_the_manager(visit: Visit) -> None:
    """Enter prices and what is heated; what would do nothing is refused in words."""
    name = visit.manager()["name"]
    cheap = "options.step.prices.sections.cheap"
    visit.button_of_entry(name, "Configure")
    visit.choose("options.step.init.menu_options.prices")
    visit.choose(f"{cheap}.name")
    visit.number(f"{cheap}.data.cheap_limit").fill("0.2")
    visit.button("Submit").click()
    # The section is open, and what was entered in the other one is still there.
    visit.says("options.error.no_price")
    expect(visit.number(f"{cheap}.data.cheap_limit")).to_have_value("0.2")
    visit.pick_entity("Electricity price")
    visit.number(f"{cheap}.data.cheap_hours").fill("6")
    visit.button("Submit").click()
    visit.says("options.error.no_forecast")
    visit.number(f"{cheap}.data.cheap_hours").fill("0")
    visit.button("Submit").click()
    visit.button("Finish").click()

    room = "options.step.heating.sections.room"
    visit.button_of_entry(name, "Configure")
    visit.choose("options.step.init.menu_options.heating")
    visit.pick_entity("Shed temperature")
    visit.number(f"{room}.data.room_upper").fill("24")
    visit.number(f"{room}.data.target_comfort").fill("23.8")
    visit.button("Submit").click()
    visit.says("options.error.target_too_high")
    visit.number(f"{room}.data.target_comfort").fill("21")
    visit.button("Submit").click()
    visit.button("Finish").click()


def test_automatic(visit: Visit) -> None:
    """Set the thermostat and the mode Automatic; why the miners mine is shown in words."""
    page = visit.page
    visit.open(f"/config/devices/device/{visit.manager()['id']}")
    thermostat = page.locator("hui-climate-entity-row")
    expect(thermostat).to_contain_text("Off")
    thermostat.get_by_text(words("entity.climate.thermostat.name")).click()
    dialog = page.locator("ha-more-info-dialog")
    dialog.locator("ha-control-select-menu").filter(has_text="Mode").click()
    page.get_by_role("menuitem", name="Heat").click()
    expect(dialog).to_contain_text("Idle")
    # Warmer.
    dialog.locator("ha-outlined-icon-button").last.click()
    dialog.get_by_role("button", name="Close").first.click()
    expect(thermostat).to_contain_text("21.5")

    page.locator("hui-select-entity-row").click()
    state = "entity.select.mode.state"
    page.get_by_role("menuitem", name=words(f"{state}.automatic"), exact=True).click()
    expect(thermostat).to_contain_text("Heating")
    reason = page.get_by_text(words("entity.sensor.reason.state.cheap"))
    expect(reason.filter(visible=True).first).to_be_visible()
    page.locator("hui-select-entity-row").click()
    page.get_by_role("menuitem", name=words(f"{state}.paused"), exact=True).click()


def test_blueprint(visit: Visit) -> None:
    """Import a blueprint by a link as in the documents, and make an automation of it."""
    page = visit.page
    address = f"{visit.house.facts['blueprints']}/watchdog.yaml"
    visit.open(f"/_my_redirect/blueprint_import?blueprint_url={address}")
    name = import_blueprint(page, "watchdog", visit.device(ALONE)["name"])
    visit.button("Save").click()
    page.wait_for_url(re.compile(r"/config/automation/edit/\d+$"))

    visit.open("/config/automation/dashboard")
    row = page.get_by_role("row").filter(has=page.get_by_text(name, exact=True))
    expect(row.get_by_role("switch")).to_be_checked()
    row.get_by_role("button", name="Menu").click()
    page.get_by_role("menuitem", name=re.compile("^Run")).click()
    expect(row).not_to_contain_text("Never")


def test_farm_dashboard(visit: Visit) -> None:
    """The dashboard has all miners, what is wrong with one, and ways to their pages."""
    visit.house.obey(f"{FOUND} fault 110")
    visit.read(FOUND)
    visit.open("/miner-farm")
    farm = visit.page.locator("hui-sections-view")
    broken = visit.device(FOUND)["name"]
    for miner in (ALONE, FOUND, CLOSED):
        device = visit.device(miner)
        link = farm.locator(f"a[href='/config/devices/device/{device['id']}']")
        expect(link.first).to_have_text(device["name"])
    row = farm.get_by_role("row").filter(has_text=broken).filter(has_text="Intake fan")
    expect(row.first).to_be_visible()
    expect(farm.locator("ha-alert, hui-error-card")).to_have_count(0)
    visit.house.obey(f"{FOUND} fault none")
    visit.read(FOUND)
    expect(row).to_have_count(0)
    farm.get_by_role("link", name=broken, exact=True).first.click()
    visit.row(FOUND, "switch.mining")


def test_phone(visit: Visit) -> None:
    """On a phone nothing has to be pushed sideways, and no name is cut."""
    page = visit.page
    page.set_viewport_size(PHONE)
    visit.open_device(ALONE)
    visit.row(ALONE, "switch.mining")
    _assert_fits(page)
    visit.open("/miner-farm")
    page.get_by_role("link", name=visit.device(CLOSED)["name"]).first.wait_for()
    _assert_fits(page)
    visit.menu(ALONE, "Reconfigure")
    visit.choose("config.step.reconfigure.menu_options.reconfigure_address")
    visit.field("host").wait_for()
    _assert_fits(page)
    visit.button_of_entry(visit.manager()["name"], "Configure")
    visit.choose("options.step.init.menu_options.heating")
    visit.number("options.step.heating.sections.room.data.room_upper").wait_for()
    _assert_fits(page)


def test_dark(visit: Visit) -> None:
    """By day and by night all that a dashboard says can be read."""
    page = visit.page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        # Anew: in between the colours change gradually.
        visit.open("/miner-farm")
        page.get_by_role("link", name=visit.device(CLOSED)["name"]).first.wait_for()
        page.wait_for_function(
            "it => document.querySelector('home-assistant').hass.themes.darkMode === it"
            " && !document.getAnimations().length",
            arg=scheme == "dark",
        )
        assert page.evaluate(_FAINT) == []


def test_log(visit: Visit) -> None:
    """Home Assistant's log has nothing about the miners, but that it does not know them."""
    log = Path(visit.house.facts["log"]).read_text()
    about = re.findall(
        r"^.*(?:whatsminer|blueprint|template).*$", log, re.MULTILINE | re.IGNORECASE
    )
    # What was refused on the page stands in the log, too: Home Assistant's websocket writes it.
    usual = re.compile("not been tested by|websocket_api")
    assert [line for line in about if not usual.search(line)] == []
    assert not any(miner["password"] in log for miner in visit.house.miners)


def test_pictures() -> None:
    """Each picture of the documents can be taken anew."""
    assert {file.stem for file in IMAGES.iterdir()} == set(ALL)


def _assert_fits(page: Page) -> None:
    """Check that a page is no wider than the screen, and that no text of it is cut."""
    sizes: Any = page.evaluate(
        "[document.scrollingElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert sizes[0] <= sizes[1]
    assert page.evaluate(_CUT) == []
