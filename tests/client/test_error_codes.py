"""Error codes in words: every code that a list names, and none that raises."""

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
        assert Severity(severity)
        assert part is None or part
        assert remedy is None or remedy[0].isupper()
    assert all("{0}" in words and "{1}" in words for words in CHIPS.values())
    assert sorted(PSU_STATUS) == [1 << bit for bit in range(14)]


@pytest.mark.parametrize(
    ("code", "words", "part"),
    [
        (110, "Intake fan speed cannot be measured / is wrong", "fan"),
        (206, "PSU input voltage too low", "mains"),
        (276, "PSU unknown error", "PSU"),
        (326, "Liquid temperature sensor cannot be read", "cooling liquid"),
        (360, "A hash board overheats", "hash board"),
        (361, "Board 1 overheats", "hash board"),
        (362, "Board 2 overheats", "hash board"),
        (363, "Board 3 overheats", "hash board"),
        (531, "Board 1: not found", "hash board"),
        (620, "Liquid temperature protection", "cooling liquid"),
        (714, "Network very unstable", "network"),
        (820, "PSU serial number does not fit an air-to-liquid conversion", "PSU"),
        (901, "Power rate wrong", "PSU"),
        (2021, "Connection to pool 1, counted from 0, failed", "pool or network"),
        (5079, "Liquid flows too slowly", "cooling liquid"),
        (5072, "Board 2: water flow abnormal", "cooling liquid"),
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
