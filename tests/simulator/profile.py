"""What a type of machine is: boards, chips, rated power and hash rate, firmware.

Boards and chips come from the table of miner types; hash rates, limits, boards'
frequencies and firmware from recorded answers (named at each profile). Values no
recording gives (power supply, chip lot) are borrowed from another recording.
"""

from dataclasses import dataclass, replace

from .generation import COOLINGS, Cooling


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
    """One of API 2.0.x; other generations bring their own."""
    cooling: Cooling = "air"
    paired: bool = False
    """Boards 0 and 1, 2 and 3 are one circuit board each."""
    platform: str = "H616"
    chip: str = "H3LA02-22101901 T BINV02-196802D"
    mac_prefix: str
    """Of this model only: miners of two models never have the same address."""
    psu_model: str = "P222B"
    psu_hardware: str = "V01.00"
    psu_version: str = "230208.220429"
    psu_vendor: str = "7"
    psu_output: int = 1222
    """Output voltage, 10 mV."""
    mains_voltage: float = 224.0
    phases: int = 1
    full_fan_speed: int = 5400
    board_rise: float = 40.0
    """Board temperature above the air's at rated power, degrees."""

    @property
    def firmware_date(self) -> int:
        """Return the firmware's date as a number such as 20230803."""
        return int(self.firmware[:8])

    @property
    def is_liquid(self) -> bool:
        """Tell whether there are no fans."""
        return self.cooling != "air"

    @property
    def hash_board(self) -> str:
        """Return the kind of hash board: K40 of an M60S_VK40."""
        return self.miner_type.rpartition("V")[2]


# Power supply, voltages and chip lot of a mock of an M53: three phases at 396 V; the
# output voltage is that of another hydro machine (M7BS).
def _liquid(
    miner_type: str,
    chips: int,
    ghs: int,
    power: int,
    *,
    cooling: Cooling = "hydro",
    firmware: str,
    mac_prefix: str,
) -> MachineProfile:
    """Return a liquid cooled machine with four boards, two on each circuit board."""
    return MachineProfile(
        miner_type=miner_type,
        boards=4,
        chips_per_board=chips,
        factory_ghs=ghs,
        normal_power=power,
        target_freq=720,
        firmware=firmware,
        cooling=cooling,
        paired=True,
        mac_prefix=mac_prefix,
        psu_model="P564B",
        psu_hardware="R00010",
        psu_version="20221024_P00032.20221017_S00030",
        psu_vendor="1",
        psu_output=1936,
        mains_voltage=396.0,
        phases=3,
        full_fan_speed=0,
        board_rise=30.0,
    )


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
        # Recorded: M60S VK40 of fw 20251209.16.Rel2; chips of the table of types.
        MachineProfile(
            miner_type="M60S_VK40",
            boards=3,
            chips_per_board=225,
            factory_ghs=181051,
            normal_power=3600,
            target_freq=625,
            firmware="20240605.01.REL",
            chip="K8EC374-2426 BINVE6-197806A",
            mac_prefix="CE:02:01",
            psu_model="P221B",
            psu_hardware="RT0159",
            psu_version="230224.220429",
            psu_vendor="1",
        ),
        # Recorded: M30S of 2020-11; 156 chips are a V20 or a V50.
        MachineProfile(
            miner_type="M30SV20",
            boards=3,
            chips_per_board=156,
            factory_ghs=86472,
            normal_power=3600,
            target_freq=527,
            firmware="20220125.13.Rel",
            platform="H6",
            chip="HP5A05-20043018 D02 BINV02-193005B",
            mac_prefix="C6:02:14",
            psu_model="P221B",
            psu_output=1238,
            board_rise=48.0,
        ),
        # Recorded: M31S of 2021-02; 105 chips are a V10 or a V60.
        MachineProfile(
            miner_type="M31SV10",
            boards=3,
            chips_per_board=105,
            factory_ghs=75697,
            normal_power=3600,
            target_freq=652,
            firmware="20220125.13.Rel",
            platform="H6OS",
            chip="HPJA05-20070601 BINV02-193005F",
            mac_prefix="C6:06:12",
            psu_model="P221B",
            psu_output=1206,
            board_rise=44.0,
        ),
        # Boards, chips, cooling: the table of types. Hash rate and power of the M53
        # are a mock's; of the others nothing is recorded, they are inventions. So are
        # the first bytes of MAC addresses, near to those of the mock and of an M63.
        _liquid(
            *("M53_VH30", 128, 239326, 8000),
            firmware="20230714.15.Rel",
            mac_prefix="CA:7A:0A",
        ),
        _liquid(
            *("M33S++VH20", 112, 220000, 7200),
            firmware="20220125.13.Rel",
            mac_prefix="CA:7A:0B",
        ),
        _liquid(
            *("M63_VK20", 264, 340000, 6800),
            firmware="20240605.01.REL",
            mac_prefix="CE:53:16",
        ),
        _liquid(
            *("M56S_VH30", 152, 212000, 5600),
            cooling="immersion",
            firmware="20230714.15.Rel",
            mac_prefix="CA:7A:0C",
        ),
        _liquid(
            *("M66_VK30", 192, 280000, 5600),
            cooling="immersion",
            firmware="20240605.01.REL",
            mac_prefix="CE:53:17",
        ),
    )
}

DEFAULT_MODEL = "M50S_VH50"


def get_profile(
    model: str, firmware: str | None = None, cooling: Cooling | None = None
) -> MachineProfile:
    """Return a model's profile, with another firmware or cooling if one is named.

    Air cooled machines do run in immersion; they only lose their fans then.
    """
    try:
        profile = MODELS[model]
    except KeyError:
        raise ValueError(
            f"unknown model {model!r}; known: {', '.join(MODELS)}"
        ) from None
    if firmware is not None and not firmware[:8].isdecimal():
        raise ValueError("a firmware version starts with its date, YYYYMMDD")
    if cooling is not None and cooling not in COOLINGS:
        raise ValueError(f"cooling is one of {', '.join(COOLINGS)}")
    return replace(
        profile,
        firmware=firmware or profile.firmware,
        cooling=cooling or profile.cooling,
    )
