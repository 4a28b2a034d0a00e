"""The generations of firmware: which ports they serve, and how they speak.

What differs between the generations of API v2 is data here: a `Dialect`.
"""

from dataclasses import dataclass, field

from .v2_fields import BOARDS, POOLS, SUMMARIES

type Cooling = str

COOLINGS: tuple[Cooling, ...] = ("air", "hydro", "immersion")

_LATER = {
    "adjust_power_limit",
    "adjust_upfreq_speed",
    "set_fan_zero_speed",
    "set_power_pct_v2",
    "set_poweroff_cool",
    "set_temp_offset",
}
"""Commands that 1.x does not have yet."""
_RENAMED = {"enable_btminer_fast_boot", "disable_btminer_fast_boot"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Describe how port 4028 speaks."""

    api_version: str
    summary: tuple[str, ...]
    boards: tuple[str, ...]
    pools: tuple[str, ...]
    first_pool: int = 1
    description: str = ""
    """`Description` of the daemon's answers."""
    mining_description: str | None = None
    """`Description` of the mining process's answers; None: a bare STATUS."""
    success: str = "API command OK"
    is_cgminer: bool = False
    """There is no daemon: only `command`, no tokens, no writing."""
    is_old: bool = False
    """Status form A, errors in summary, four fields of the power supply."""
    is_compat: bool = False
    """Summary in Msg with float32 numbers, boards in TH/s, devdetails refused."""
    joined_summary: tuple[str, ...] = ()
    """What the summary keeps in a joined answer, in TH/s; empty: all."""
    lacks: frozenset[str] = frozenset()
    """Commands of 2.0.5 that are not there."""
    adds: str = ""
    """Which commands beyond those of 2.0.5 are there: "old" or "new"."""
    target_freq: tuple[int, int] | None = None
    """Range of set_target_freq; None: by cooling (air only down)."""

    @property
    def is_old_style(self) -> bool:
        """Tell whether it is older than 2.0."""
        return self.is_old or self.is_cgminer


CGMINER = Dialect(
    api_version="",
    summary=SUMMARIES["cgminer"],
    boards=BOARDS["cgminer"],
    pools=POOLS["1.x"],
    # Recorded: 0-based in the answers branded cgminer.
    first_pool=0,
    description="cgminer 4.9.2",
    mining_description="cgminer 4.9.2",
    is_cgminer=True,
)
V1 = Dialect(
    api_version="whatsminer v1.4.0",
    summary=SUMMARIES["1.x"],
    boards=BOARDS["1.x"],
    pools=POOLS["1.x"],
    description="whatsminer v1.4.0",
    mining_description="btminer",
    # Recorded on v1.1; no success of v1.4.0 is.
    success="",
    is_old=True,
    lacks=frozenset({"get_miner_info", "get_error_code", *_LATER, *_RENAMED}),
    adds="old",
    target_freq=(-10, 100),
)
V2 = Dialect(
    api_version="2.0.5",
    summary=SUMMARIES["2.0"],
    boards=BOARDS["2.0"],
    pools=POOLS["2.0"],
)
COMPAT = Dialect(
    api_version="2.2.2",
    summary=SUMMARIES["2.2"],
    boards=BOARDS["2.2"],
    pools=POOLS["2.2"],
    is_compat=True,
    # Seen by proto-fleet on an M60S_VK40 20251209.16.Rel2: four fields. These four are
    # recorded, by a monitor that asks in the joined form (summary_list_tera.json; its
    # machine is not known).
    joined_summary=("Elapsed", "MHS av", "Accepted", "Rejected"),
    lacks=frozenset({"pre_power_on"}),
    adds="new",
    target_freq=(-100, 100),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Describe one generation of firmware."""

    name: str
    dialect: Dialect | None
    """How port 4028 speaks; None: it is closed."""
    v3_version: str | None = None
    """What port 4433 calls itself; None: it is closed."""
    firmware: str | None = None
    """Firmware, if not the model's own (which is one of 2.0.x)."""
    models: dict[Cooling, str] = field(default_factory=dict)
    """Which model is simulated if none is named."""


_NEW_MODELS = {"air": "M60S_VK40", "hydro": "M63_VK20", "immersion": "M66_VK30"}

GENERATIONS: dict[str, Generation] = {
    generation.name: generation
    for generation in (
        Generation(
            name="cgminer",
            dialect=CGMINER,
            firmware="20200512.13.REL",
            models={"air": "M30SV20", "immersion": "M30SV20"},
        ),
        Generation(
            name="1.4",
            dialect=V1,
            firmware="20220919.15.REL",
            models={
                "air": "M31SV10",
                "hydro": "M33S++VH20",
                "immersion": "M30S+VE40",
            },
        ),
        Generation(
            name="2.0.5",
            dialect=V2,
            models={"air": "M50S_VH50", "hydro": "M53_VH30", "immersion": "M56S_VH30"},
        ),
        # 2.2.2 is recorded with this firmware. That 4433 is closed with it is not,
        # but some machines of this age do not answer there.
        Generation(
            name="2.2.2",
            dialect=COMPAT,
            firmware="20260312.16.REL3",
            models=_NEW_MODELS,
        ),
        Generation(
            name="3.0.2",
            dialect=None,
            v3_version="3.0.2",
            firmware="20251209.16.Rel2",
            models=_NEW_MODELS,
        ),
        # What api_ver firmware of 3.0.2 gives on 4028 is not recorded: 2.2.2 here.
        Generation(
            name="dual",
            dialect=COMPAT,
            v3_version="3.0.2",
            firmware="20251209.16.Rel2",
            models=_NEW_MODELS,
        ),
    )
}

DEFAULT_API = "2.0.5"


def get_generation(name: str) -> Generation:
    """Return a generation by its name."""
    try:
        return GENERATIONS[name]
    except KeyError:
        known = ", ".join(GENERATIONS)
        raise ValueError(f"unknown api {name!r}; known: {known}") from None


def default_model(generation: Generation, cooling: Cooling | None) -> str:
    """Return the model to simulate if none is named."""
    try:
        return generation.models[cooling or "air"]
    except KeyError:
        raise ValueError(
            f"no model for {generation.name} with {cooling} cooling: name one"
        ) from None
