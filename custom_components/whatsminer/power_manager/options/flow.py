"""Set up a power manager: what it measures by, and which miners it has."""

from collections.abc import Iterable, Mapping
from functools import partialmethod
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations

from ...const import (
    CONF_BATTERY_POSITIVE,
    CONF_CHARGE,
    CONF_GRID,
    CONF_GRID_POSITIVE,
    CONF_KIND,
    CONF_LOAD,
    CONF_MINERS,
    CONF_PV,
    DOCUMENTATION,
    DOMAIN,
    KIND_POWER_MANAGER,
)
from ...device_text import escape_markdown, one_line
from ..members import free_miners, listed_miners
from ..meters import as_entity_id, as_stored
from ..miners import ManagedMiner
from ..prices.points import WORDS, Fault
from ..settings import Settings
from . import forms, pages
from .errors import errors_of, fault_of_number, unit_of, unreadable_prices
from .stored import in_sections, replaced, section_of, unreadable


class ManagerFlow(ConfigFlow):
    """The two forms of a power manager, new or to be changed."""

    def __init__(self) -> None:
        """Start with nothing entered."""
        super().__init__()
        self._entered: dict[str, Any] = {}

    async def async_step_manager(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what measures the grid connection."""
        if not free_miners(self.hass, self._changed()):
            return self.async_abort(reason="no_miner_to_manage")
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _wrong_sources(self.hass, user_input) or _wrong_grid(user_input)
            if not errors:
                self._entered = user_input
                await self._async_claim_sensor()
                return await self.async_step_manager_miners()
        return self.async_show_form(
            step_id="manager",
            data_schema=self.add_suggested_values_to_schema(
                forms.GRID, user_input or self._stored()
            ),
            description_placeholders={
                "documentation": f"{DOCUMENTATION}/power_manager.md"
            },
            errors=errors,
        )

    async def async_step_manager_miners(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the miners, in their order, and for the battery."""
        titles = free_miners(self.hass, self._changed())
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _wrong_sources(self.hass, user_input, self._entered)
            if not user_input[CONF_MINERS]:
                errors[CONF_MINERS] = "nothing_chosen"
            if not errors:
                return await self._async_store({**self._entered, **user_input})
        shown = user_input or {
            CONF_MINERS: _mining_first(self.hass, titles),
            **self._stored(),
        }
        return self.async_show_form(
            step_id="manager_miners",
            data_schema=self.add_suggested_values_to_schema(
                forms.miners_and_battery(titles), shown
            ),
            errors=errors,
        )

    def _changed(self) -> ConfigEntry | None:
        """Return the entry that is being changed; None of a new one."""
        is_new = self.source != SOURCE_RECONFIGURE
        return None if is_new else self._get_reconfigure_entry()

    def _stored(self) -> dict[str, Any]:
        """Return what the entry that is being changed holds, as the forms have it."""
        if (entry := self._changed()) is None:
            return {}
        stored = _by_entity_id(self.hass, entry.data, forms.SOURCES)
        return {**stored, CONF_MINERS: _known(self.hass, entry)}

    async def _async_claim_sensor(self) -> None:
        """Abort if another manager has the grid connection already."""
        sensor = self._entered.get(CONF_GRID) or self._entered[CONF_LOAD]
        entry = await self.async_set_unique_id(as_stored(self.hass, sensor))
        if entry is not self._changed():
            self._abort_if_unique_id_configured(error="manager_exists")

    async def _async_store(self, entered: Mapping[str, Any]) -> ConfigFlowResult:
        """Store what was entered, in the entry that is being changed or in a new one."""
        miners = {CONF_MINERS: entered[CONF_MINERS]}
        data: dict[str, Any] = {CONF_KIND: KIND_POWER_MANAGER}
        data |= {
            key: as_stored(self.hass, entered[key])
            for key in forms.SOURCES
            if key in entered
        }
        data |= {
            key: entered[key] for key in (CONF_GRID_POSITIVE, CONF_BATTERY_POSITIVE)
        }
        if (entry := self._changed()) is not None:
            return self.async_update_reload_and_abort(
                entry,
                unique_id=self.unique_id,
                data=data,
                options={**entry.options, **miners},
            )
        return self.async_create_entry(
            title=await self._async_title(),
            data=data,
            options=miners,
            description="paused",
        )

    async def _async_title(self) -> str:
        """Name a new manager by what it is; a second one after its sensor."""
        words = await async_get_translations(
            self.hass, self.hass.config.language, "entity", {DOMAIN}
        )
        title = words[f"component.{DOMAIN}.entity.sensor.managed.name"]
        if title not in {each.title for each in self._async_current_entries()}:
            return title
        sensor = self._entered.get(CONF_GRID) or self._entered[CONF_LOAD]
        state = self.hass.states.get(sensor)
        return f"{title} ({sensor if state is None else state.name})"


class ManagerOptionsFlow(OptionsFlowWithReload):
    """Handle the options of a power manager, and those of each of its miners."""

    def __init__(self) -> None:
        """Start with no miner chosen."""
        self._miner = ""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which options are to be changed."""
        return self.async_show_menu(
            step_id="init", menu_options=[*pages.PAGES, "which_miner"]
        )

    async def async_step_which_miner(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which miner's options are to be changed."""
        if user_input is not None:
            self._miner = user_input[forms.CONF_MINER]
            return await self.async_step_miner()
        titles = free_miners(self.hass, self.config_entry)
        known = {key: titles[key] for key in _known(self.hass, self.config_entry)}
        if not known:
            return self.async_abort(reason="no_miner_to_manage")
        return self.async_show_form(
            step_id="which_miner", data_schema=forms.one_miner(known)
        )

    async def async_step_miner(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options of one miner."""
        stored = self._readable()
        if user_input is not None:
            changed = {
                key: _replaced(stored.get(key, {}), self._miner, user_input.get(key))
                for key in pages.OF_MINER
            }
            data = {**self.config_entry.options, **changed}
            return self.async_create_entry(data=data)
        titles = free_miners(self.hass, self.config_entry)
        shown = {key: stored.get(key, {}).get(self._miner) for key in pages.OF_MINER}
        return self.async_show_form(
            step_id="miner",
            data_schema=self.add_suggested_values_to_schema(forms.MINER, shown),
            description_placeholders={"name": escape_markdown(titles[self._miner])},
        )

    async def _async_ask(
        self, page: str, entered: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show a form of options, or store what was entered in it."""
        errors, placeholders = dict[str, str](), dict[str, str]()
        if entered is not None:
            errors, placeholders = await self._async_find_errors(page, entered)
            if not errors:
                return self._store(page, entered)
        shown = self._shown(page) if entered is None else entered
        schema = forms.page(page, shown, errors)
        if page == "manager":
            titles = free_miners(self.hass, self.config_entry)
            schema = forms.options(titles).extend(schema.schema)
        return self.async_show_form(
            step_id=page,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            description_placeholders=placeholders,
            errors=errors,
        )

    async_step_manager = partialmethod(_async_ask, "manager")
    async_step_prices = partialmethod(_async_ask, "prices")
    async_step_heating = partialmethod(_async_ask, "heating")

    async def _async_find_errors(
        self, page: str, form: Mapping[str, Any]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Return what is wrong about a form of options, and what its words name.

        A form shows no error at a field of a section: it is at the section, and names
        the field. Of entities that cannot be used, the first is named.
        """
        entered, before = _fields(form), pages.DEFAULTS | _fields(self._shown(page))
        errors: dict[str, str] = {}
        if CONF_MINERS in form and not form[CONF_MINERS]:
            errors[CONF_MINERS] = "nothing_chosen"
        for error, key in errors_of(entered, before):
            errors[section_of(page, key)] = error
        wrong = _no_number(self.hass, entered)
        wrong = wrong or _wrong_price(self.hass, entered, before)
        if wrong is None:
            return errors, {}
        key, error, named = wrong
        section, at = section_of(page, key), key
        if error == "no_forecast" and entered["cheap_hours"] != before["cheap_hours"]:
            at = "cheap_hours"
        errors[section_of(page, at)] = error
        words = await async_get_translations(
            self.hass, self.hass.config.language, "options", {DOMAIN}
        )
        path = f"component.{DOMAIN}.options.step.{page}.sections.{section}.data.{key}"
        return errors, {"field": words.get(path, key), "entity": entered[key], **named}

    def _shown(self, page: str) -> dict[str, Any]:
        """Return what is stored, as a form has it."""
        stored = _by_entity_id(self.hass, self._readable(), pages.SENSORS)
        miners = _known(self.hass, self.config_entry)
        return {CONF_MINERS: miners, **in_sections(page, stored)}

    def _readable(self) -> dict[str, Any]:
        """Return the stored options, without those that only a hand can have spoiled."""
        stored = self.config_entry.options
        wrong = unreadable(stored)
        return {key: value for key, value in stored.items() if key not in wrong}

    def _store(self, page: str, entered: Mapping[str, Any]) -> ConfigFlowResult:
        """Store what was entered in a form, with the options of the others."""
        changed = replaced(page, self.config_entry.options, entered)
        for key in pages.SENSORS:
            if key in changed:
                changed[key] = as_stored(self.hass, changed[key])
        if CONF_MINERS in entered:
            changed[CONF_MINERS] = entered[CONF_MINERS]
        return self.async_create_entry(data=changed)


def _replaced(values: Mapping[str, Any], miner: str, value: Any) -> dict[str, Any]:
    """Return the values of all miners with that of one replaced; None: without it."""
    others = {key: each for key, each in values.items() if key != miner}
    return others if value is None else {**others, miner: value}


def _by_entity_id(
    hass: HomeAssistant, stored: Mapping[str, Any], keys: Iterable[str]
) -> dict[str, Any]:
    """Return what is stored with sensors as they are called now, if they still are."""
    shown = dict(stored)
    for key in shown.keys() & set(keys):
        if (entity_id := as_entity_id(hass, shown.pop(key))) is not None:
            shown[key] = entity_id
    return shown


def _mining_first(hass: HomeAssistant, miners: Iterable[str]) -> list[str]:
    """Return those that are not disabled, with those first that mine now."""
    settings, entries = Settings(), hass.config_entries
    enabled = [
        each for each in miners if not entries.async_get_known_entry(each).disabled_by
    ]

    def mines(miner: str) -> bool:
        data = ManagedMiner(hass, miner, settings).data
        return data is not None and bool(data.mining)

    return sorted(enabled, key=mines, reverse=True)


def _known(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Return the miners of a manager that can still be chosen."""
    free = free_miners(hass, entry)
    return [each for each in listed_miners(entry.options) if each in free]


def _wrong_grid(entered: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong about the sensors of the grid connection together."""
    by_parts = [key for key in (CONF_PV, CONF_LOAD) if key in entered]
    if CONF_GRID in entered:
        return {"base": "grid_or_parts"} if by_parts else {}
    return {} if len(by_parts) == 2 else {"base": "no_grid"}


def _wrong_sources(
    hass: HomeAssistant,
    entered: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return which sensors cannot be used, each with the reason.

    `before` is what was entered in the form before this one.
    """
    errors, taken = {}, {(before or {}).get(key) for key in forms.SOURCES}
    for key in forms.SOURCES:
        if key not in entered:
            continue
        entity_id = entered[key]
        if entity_id in taken:
            errors[key] = "same_sensor"
            continue
        taken.add(entity_id)
        entry = er.async_get(hass).async_get(entity_id)
        state = hass.states.get(entity_id)
        if state is None and entry is None:
            errors[key] = "no_such_sensor"
            continue
        if entry is not None and entry.platform == DOMAIN:
            errors[key] = "own_sensor"
            continue
        units = pages.CHARGES if key == CONF_CHARGE else pages.POWERS
        if fault := fault_of_number(hass, entity_id, units):
            errors[key] = "wrong_unit" if fault == "no_unit" else fault
    return errors


def _fields(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of all sections of a form."""
    sections = [each for each in form.values() if isinstance(each, Mapping)]
    return {key: value for rows in sections for key, value in rows.items()}


_OF_OPTION: Final = {
    "no_number": "no_number_of_option",
    "no_unit": "no_unit_of_option",
    "wrong_unit": "wrong_unit_of_option",
}

type Wrong = tuple[str, str, dict[str, str]]
"""An option, the error, and what its words name."""


def _no_number(hass: HomeAssistant, entered: Mapping[str, Any]) -> Wrong | None:
    """Return the first entity of some options that is no number in a unit of its own."""
    for key, units in pages.UNITS.items():
        if (entity_id := entered.get(key)) is None:
            continue
        if fault := fault_of_number(hass, entity_id, units):
            state, unit = hass.states.get(entity_id), unit_of(hass, entity_id)
            named = {
                "units": ", ".join(units),
                "unit": one_line(unit or ""),
                "state": one_line(state.state if state else ""),
            }
            return key, _OF_OPTION[fault], named
    return None


def _wrong_price(
    hass: HomeAssistant, entered: Mapping[str, Any], before: Mapping[str, Any]
) -> Wrong | None:
    """Return the first new entity of some options that has no usable price."""
    for key, error in unreadable_prices(hass, entered, before):
        if error.fault is Fault.FORECAST:
            return key, "no_forecast", {}
        named = {"problem": WORDS[error.fault], "detail": one_line(error.detail)}
        return key, "price_unreadable", named
    return None
