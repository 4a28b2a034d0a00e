"""Error codes in words: every code that a list names, and none that raises."""

from collections.abc import Iterable
import re

import pytest

from custom_components.whatsminer.client import MinerError, Severity
from custom_components.whatsminer.client.error_codes import describe
from custom_components.whatsminer.client.error_table import CHIPS, ERRORS, PSU_STATUS

CODES = (*range(10_000), *range(100_000, 600_000))
PLACES = ("{", "}", "None")


def test_every_code() -> None:
    """No code raises; words are whole, and never without a severity."""
    for code in CODES:
        meaning = describe(code)
        assert isinstance(meaning.severity, Severity)
        for text in (meaning.words, meaning.part, meaning.remedy):
            assert text is None or (text and not any(each in text for each in PLACES))


@pytest.mark.parametrize("code", [-1, -531, 0, 2**31 - 1, 2**63, 10**400])
def test_no_code(code: int) -> None:
    """What cannot be a code has no words, and is an error all the same."""
    assert describe(code) == (None, Severity.ERROR, None, None)


def test_table() -> None:
    """Each row has words and a severity that there is; its numbers are in brackets."""
    for pattern, (words, severity, part, remedy) in ERRORS.items():
        assert words.count("{") <= pattern.count("["), pattern
        assert words[0].isupper()
        assert Severity(severity)
        assert part is None or part
        assert remedy is None or remedy[0].isupper()
    assert all(words.startswith("Board {0}, chip {1}: ") for words in CHIPS.values())
    assert sorted(PSU_STATUS) == [1 << bit for bit in range(14)]


@pytest.mark.parametrize(
    ("code", "words", "part"),
    [
        (110, "Intake fan speed cannot be measured / is wrong", "fan"),
        (206, "PSU input voltage too low", "mains"),
        (258, "Voltages of the mains phases differ", "mains"),
        (261, "Currents of the mains phases differ too much", "PSU"),
        (276, "PSU unknown error", "PSU"),
        (299, "PSU vendor status", "PSU"),
        (326, "Liquid temperature sensor cannot be read", "cooling liquid"),
        (360, "A hash board overheats", "hash board"),
        (361, "Board 1 overheats", "hash board"),
        (362, "Board 2 overheats", "hash board"),
        (363, "Board 3 overheats", "hash board"),
        (500, "The firmware has no settings for this model", "firmware"),
        (531, "Board 1: not found", "hash board"),
        (620, "Liquid temperature protection", "cooling liquid"),
        (714, "Network very unstable", "network"),
        (820, "PSU serial number does not fit an air-to-liquid conversion", "PSU"),
        (901, "Power rate wrong", "PSU"),
        (2021, "Connection to pool 1, counted from 0, failed", "pool or network"),
        (5079, "Liquid flows too slowly", "cooling liquid"),
        (5072, "Board 2: water flow abnormal", "cooling liquid"),
        (6031, "Board 1: powered off to protect its chips from heat", "hash board"),
        (9011, "Process ended abnormally", "firmware"),
        (5320, "Board 2, chip 0: too few nonces", "chip"),
        (5410, "Board 0: UART init failed", "hash board"),
        (5431, "Board 1: start failed, no data", "hash board"),
        (8532, "Below grade L3: fan speed", "miner"),
        (521999, "Board 1: too many chips with wrong nonces", "hash board"),
        (532007, "Board 2, chip 007: too few nonces", "chip"),
        (4711, None, None),
        (364, None, None),
        (524001, None, None),
    ],
)
def test_words(code: int, words: str | None, part: str | None) -> None:
    """A code means what the maker's lists say; numbers in it are in the words."""
    error = MinerError(code=code)
    assert error.words == words
    assert error.part == part


@pytest.mark.parametrize(
    ("codes", "severity", "word", "remedy"),
    [
        # Fans: even codes are about intake, odd ones about exhaust.
        ((110, 120, 130), "error", "intake", "plug the fan"),
        ((111, 121, 131), "error", "exhaust", "plug the fan"),
        # Without its power supply a miner cannot run; the mains are not the maker's.
        ((200, 201), "critical", "psu", None),
        ((206, 250, 251, 271), "error", "voltage", "mains|voltage"),
        (range(233, 236), "error", "over-temperature", "cool"),
        ((272, 273, 274, 275), "warning", "psu", None),
        # By the last digit: the board.
        ((300, 301, 302, 303), "error", "board", "plug"),
        ((350, 351, 352, 353), "critical", "over-temperature", "cool"),
        ((510, 511, 512, 513), "critical", "type", "right type"),
        ((530, 531, 532, 533), "critical", "not found", "ribbon cable"),
        ((590, 591, 592, 593), "warning", "frequency", None),
        ((5080, 5081, 5082, 5083), "error", "calibration", None),
        ((6030, 6031, 6032, 6033), "critical", "powered off", None),
        # What keeps a miner from its pools is not its own fault, but its end.
        ((2000, 2010), "error", "pool", "pool"),
        ((2020, 2021, 2022), "warning", "pool", "pool settings"),
        ((2310, 2320, 2340), "warning", "hashrate", "mains voltage"),
        # Chips: a warning for one, an error for many.
        ((5200, 520007, 523123), "warning", "nonces", None),
        ((520999, 523999, 561999), "error", "too many", None),
        ((570001, 580001), "warning", "chip 001", None),
        # Software: what is not the maker's own must not run.
        ((800, 801, 802), "critical", "checksum", "firmware"),
        ((8410, 9000, 9110), "critical", "", None),
        ((100001, 110000), "critical", "anti-virus", None),
        # Documented as minor, or not at all.
        ((900, 5140, 8000), "info", "", None),
    ],
)
def test_families(
    codes: Iterable[int], severity: str, word: str, remedy: str | None
) -> None:
    """Codes of one family are as bad, and as mendable, as the maker's lists say."""
    for code in codes:
        error = MinerError(code=code)
        assert error.severity == severity
        assert error.words is not None
        assert word in error.words.lower()
        if remedy is not None:
            assert re.search(remedy, (error.remedy or "").lower()), code


def test_remedy() -> None:
    """What to do is there where the maker names it."""
    remedy = MinerError(code=714).remedy
    assert remedy is not None
    assert "network cable" in remedy
    assert MinerError(code=620).remedy is None


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, "PSU reports an error status word"),
        ("power status error", "PSU reports an error status word"),
        ("status 0x0000", "PSU reports an error status word"),
        ("status 0xffffffffc0000000", "PSU reports an error status word"),
        ("status 0x0801", "PSU: input under-voltage, fan failure"),
        ("Power status 0X40.", "PSU: output over-current (320 A for 2 s)"),
    ],
)
def test_status_word_of_the_psu(reason: str | None, words: str) -> None:
    """Error 210 comes with a word of bits; what it holds is named."""
    error = MinerError(code=210, reason=reason)
    assert error.words == words
    assert error.severity is Severity.ERROR
    assert error.remedy
