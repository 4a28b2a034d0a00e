"""The errors that a miner lists: in which forms, how many, and since when."""

from time import process_time
from typing import Any

import pytest

from custom_components.whatsminer.client import Severity

from .parsing import read_v2, read_v3


def test_many_errors() -> None:
    """Of very many errors the hundred worst are kept, and it takes no time."""
    began = process_time()
    listed = [{str(code): "2026-11-26 10:00:00"} for code in range(1, 20_001)]
    data = read_v2(get_error_code={"error_code": listed})
    assert process_time() - began < 30
    assert data.errors is not None
    assert len(data.errors) == 100
    kept = [list(Severity).index(error.severity) for error in data.errors]
    assert kept == sorted(kept, reverse=True)
    assert all(error.severity is Severity.CRITICAL for error in data.errors[:20])
    data = read_v3({"miner": {"working": "true"}, "error-code": listed})
    assert len(data.errors or ()) == 100


@pytest.mark.parametrize(
    ("listed", "codes"),
    [
        ([], []),
        ([205, "206", 0], [205, 206]),
        ([{"205": "a", "206": "b", "reason": "r"}], [205, 206]),
        ([{"205": "2026-01-01"}, {"205": "2026-02-01"}], [205]),
        ([{"code": 205, "time": "a"}, {"code": "206"}], [205, 206]),
        ([{"4294967295": "a"}, {"205": "a"}], [205]),
        ([{"-1": "a"}], None),
        ([1e300, True, None], None),
        (["none"], None),
        ("btminer process is down err", None),
        ({"205": "a", "206": "b"}, [205, 206]),
        ({"0": {"205": "a"}, "1": {"206": "b"}}, [205, 206]),
        ({"0": {"code": 205, "time": "a"}}, [205]),
        ({"code": 205}, [205]),
        ({"0": ""}, []),
        ({}, None),
        ({"state": "down"}, None),
        ([205.5], None),
    ],
)
def test_forms_of_errors(listed: Any, codes: list[int] | None) -> None:
    """Each form is read; a code that is none is left out, a list of such says nothing."""
    data = read_v2(get_error_code={"error_code": listed})
    found = None if data.errors is None else [error.code for error in data.errors]
    assert found == codes


def test_newest_time() -> None:
    """Of two times of the same code the newer one counts."""
    listed = [{"205": f"2026-{month}-01 00:00:00"} for month in ("02", "03", "01")]
    data = read_v2(get_error_code={"error_code": listed})
    assert [error.since for error in data.errors or ()] == ["2026-03-01 00:00:00"]
