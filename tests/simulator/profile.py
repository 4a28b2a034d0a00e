"""What a type of machine is: boards, chips, rated power and hash rate, firmware.

Boards and chips come from the table of miner types; hash rates, limits, boards'
frequencies and firmware from recorded answers (named at each profile). Values no
recording gives (power supply, chip lot) are borrowed from another recording.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineProfile:
    """Describe one type of machine and the firmware on it."""

    miner_type: str
    """Model as devdetails prints it."""
    boards: int
    chips_per_board: int
    factory_ghs: int
    """Rated hash rate of the whole machine, GH/s."""
    normal_power: int
    """Rated input power, W: the upper end of the power limit."""
    target_freq: int
    """Chip frequency when tuned, MHz."""
    firmware: str
    api_version: str = "2.0.5"
    platform: str = "H616"
    chip: str = "H3LA02-22101901 T BINV02-196802D"
    mac_prefix: str
    psu_model: str = "P222B"
    psu_version: str = "230208.220429"
    psu_vendor: str = "7"
    mains_voltage: float = 224.0
    full_fan_speed: int = 5400
    board_rise: float = 40.0
    """Board temperature above the air's at rated power, degrees."""

    @property
    def firmware_date(self) -> int:
        """Return the firmware's date as a number such as 20230803."""
        return int(self.firmware[:8])


MODELS: dict[str, MachineProfile] = {
    profile.miner_type: profile
    for profile in (
        # Hash rate, limit, chips, frequency, fans: recorded M5x answers of fw
        # 20230803.11.REL; 135 chips on 3 boards are an M50S VH50.
        MachineProfile(
            miner_type="M50S_VH50",
            boards=3,
            chips_per_board=135,
            factory_ghs=126000,
            normal_power=3300,
            target_freq=600,
            firmware="20230803.11.REL",
            mac_prefix="CA:0A:18",
        ),
        # The worked example of the API 2.0.5 manual.
        MachineProfile(
            miner_type="M30S+VE40",
            boards=3,
            chips_per_board=156,
            factory_ghs=84773,
            normal_power=3600,
            target_freq=574,
            firmware="20230208.18.Rel",
            platform="H6OS",
            chip="K88Z001-2039    BINV01-195001B",
            mac_prefix="C6:07:20",
            psu_model="P221B",
            psu_version="V01.00.V01.03",
            board_rise=50.0,
        ),
        # Values of an issue thread about an M50 VH90; frequency borrowed.
        MachineProfile(
            miner_type="M50_VH90",
            boards=3,
            chips_per_board=117,
            factory_ghs=117600,
            normal_power=3500,
            target_freq=600,
            firmware="20230911.12.Rel",
            mac_prefix="CC:02:0E",
        ),
        # Values of an issue thread about an M60 VK20; frequency borrowed.
        MachineProfile(
            miner_type="M60_VK20",
            boards=3,
            chips_per_board=172,
            factory_ghs=177600,
            normal_power=3600,
            target_freq=600,
            firmware="20240322.11.REL",
            mac_prefix="CE:01:19",
            full_fan_speed=4400,
        ),
    )
}

DEFAULT_MODEL = "M50S_VH50"


def get_profile(model: str, firmware: str | None = None) -> MachineProfile:
    """Return a model's profile, with another firmware if one is named."""
    try:
        profile = MODELS[model]
    except KeyError:
        raise ValueError(
            f"unknown model {model!r}; known: {', '.join(MODELS)}"
        ) from None
    if firmware is None:
        return profile
    if not firmware[:8].isdecimal():
        raise ValueError("a firmware version starts with its date, YYYYMMDD")
    return replace(profile, firmware=firmware)
