"""Single values: numbers as text, booleans as words, two units of hashrate."""

from typing import Any

import pytest

from custom_components.whatsminer.client import values


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (3, 3.0),
        (2.5, 2.5),
        ("33.5", 33.5),
        (" 7 ", 7.0),
        (-1, -1.0),
        (-0.0, 0.0),
        ("-0.0004", 0.0),
        ("", None),
        ("two", None),
        (None, None),
        (True, None),
        ([1], None),
        ("nan", None),
        ("1e999", None),
        ("1_000", None),
        ("9" * 5000, None),
        (10**400, None),
    ],
)
def test_number(value: Any, read: float | None) -> None:
    """Only what is a finite number is one."""
    assert str(values.parse_number(value)) == str(read)


def test_integer() -> None:
    """Fractions are left out; some firmware writes seconds with them."""
    assert values.parse_integer(10658.685546875) == 10658
    assert values.parse_integer("2648") == 2648
    assert values.parse_integer(None) is None


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        (1, True),
        (0, False),
        ("enable", True),
        ("disable", False),
        ("", None),
        (None, None),
        (2, None),
        (10**400, None),
        ([1], None),
        ({"a": 1}, None),
    ],
)
def test_boolean(value: Any, read: bool | None) -> None:
    """Booleans come as such, as words and as digits."""
    assert values.parse_boolean(value) is read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("'20210322.22.REL'", "20210322.22.REL"),
        (" M30S ", "M30S"),
        ("", None),
        ("''", None),
        (7, None),
        ("a" * 300, "a" * 255),
        ("'" + "b" * 254 + "  c", "b" * 254),
    ],
)
def test_text(value: Any, read: str | None) -> None:
    """Quotes and blanks are left out; empty text is none."""
    assert values.parse_text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("C6:07:20:00:1E:C2", "c6:07:20:00:1e:c2"),
        ("c6-07-20-00-1e-c2", "c6:07:20:00:1e:c2"),
        ("00:00:00:00:00:00", None),
        ("FF:FF:FF:FF:FF:FF", None),
        ("", None),
        ("C6:07:20", None),
        (None, None),
    ],
)
def test_mac(value: Any, read: str | None) -> None:
    """Only a MAC address that can be someone's is one."""
    assert values.parse_mac(value) == read


@pytest.mark.parametrize(
    ("value", "factory", "read"),
    [
        pytest.param(84983730.62, 84.773, 84.983731, id="MH/s"),
        pytest.param(111.77, 112.0, 111.77, id="TH/s already"),
        pytest.param(170.75, 166.0, 170.75, id="TH/s of a good unit"),
        pytest.param(45.61, None, 45.61, id="TH/s, rating unknown"),
        pytest.param(900_000.0, 126.0, 0.9, id="MH/s, just starting"),
        pytest.param(84983730.62, None, 84.983731, id="MH/s, rating unknown"),
        pytest.param(0, 126.0, 0.0, id="zero"),
        pytest.param(-1, 126.0, None, id="unknown"),
    ],
)
def test_terahashes(value: float, factory: float | None, read: float | None) -> None:
    """The unit of a hashrate is told from what is possible."""
    assert values.to_terahashes(value, factory) == read
