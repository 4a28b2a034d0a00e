"""The table of tokens."""

from random import Random

import pytest

from tests.simulator.tokens import TokenTable


@pytest.fixture
def table() -> TokenTable:
    """Return a table of the default password."""
    return TokenTable("admin", Random(1))


def test_token(table: TokenTable) -> None:
    """A token has four digits of time, leading zeros too, and a salt of its own."""
    one = table.issue("a", 1_700_000_042.9)
    two = table.issue("a", 1_700_000_042.9)
    assert one
    assert two
    assert one.time == "0042"
    assert len(one.newsalt) == 8
    assert one.newsalt != two.newsalt
    assert table.salt == "BQ5hoXV9"
    assert table.check(one.sign, 1_700_000_043)
    assert table.check(two.sign, 1_700_000_043)
    assert not table.check("", 1_700_000_043)
    assert not table.check(None, 1_700_000_043)


def test_lifetime(table: TokenTable) -> None:
    """A token lives for 30 minutes, used or not."""
    token = table.issue("a", 1000)
    assert token
    assert table.check(token.sign, 2799)
    assert not table.check(token.sign, 2800)


def test_limits(table: TokenTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """32 tokens per client, 16 clients."""
    monkeypatch.setattr(
        "tests.simulator.crypto.derive_sign", lambda key, time, newsalt: newsalt
    )
    for _ in range(32):
        assert table.issue("a", 1000)
    assert table.issue("a", 1000) is None
    for number in range(15):
        assert table.issue(f"b{number}", 1000)
    assert table.issue("c", 1000) is None
    assert table.issue("b1", 1000)
    assert table.issue("c", 2800)


def test_password(table: TokenTable) -> None:
    """A new password brings a new salt and ends all tokens."""
    token = table.issue("a", 1000)
    assert token
    key = table.key
    table.set_password("new_one")
    assert table.salt != "BQ5hoXV9"
    assert table.key != key
    assert not table.check(token.sign, 1000)


def test_pause(table: TokenTable) -> None:
    """One machine refuses for 180 s after each request, a refused one too."""
    table.pause = 180
    assert table.issue("a", 1000)
    assert table.issue("a", 1179) is None
    assert table.issue("a", 1358) is None
    assert table.issue("a", 1538)
