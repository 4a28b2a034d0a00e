"""How much power the miners need for their hashrate."""

from custom_components.whatsminer.power_manager.efficiency import Efficiency, Hashing


def test_clock_set_back() -> None:
    """What a miner shows counts again once it was steady for as long as ever."""
    efficiency = Efficiency()

    def take(now: float, hashrate: float) -> float | None:
        """Take what a miner shows that was read just now; return the J/TH."""
        shown = Hashing(key="a", power=3000.0, hashrate=hashrate, read_at=now)
        efficiency.take([shown], now)
        return efficiency.value

    take(100_000, 100)
    assert take(100_200, 100) == 30
    assert take(10_000, 120) == 30
    assert take(10_200, 120) == 25
