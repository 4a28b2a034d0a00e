"""The worked examples of the protocol notes for API v3."""

from base64 import b64encode
from typing import Any

import pytest

from tests.simulator import SimulatedMiner, v3_crypto

from .common import V3Client


@pytest.mark.parametrize(
    ("command", "password", "salt", "ts", "token", "key"),
    [
        (
            *("set.miner.pools", "super", "5QAHiKMb", 1692685512, "t5VzZdBe"),
            "b7957365d05ec273e788a1034d1a4b0df51b295a3da79d14f46b2bf7b56e4ab3",
        ),
        ("set.miner.service", "super", "Abc123xy", 1759800000, "Cg2iuKaj", ""),
        (
            *("set.miner.service", "super", "BQ5hoXV9", 1700000000, "n5JRDCDx"),
            "9f92510c20f16a93949551f575b678f96d1bb9112cb5d7a6fe6ee3472fd379bf",
        ),
        (
            *("set.system.led", "super", "s3xkGSq1", 1700000000, "ckxNEmmH"),
            "724c4d126987fab39b0271ebc93e78da6e024c286d516729864fa29752b988aa",
        ),
        (
            *("set.miner.power_limit", "user1", "uhCiDyVj", 1786611588, "CqkkosJ4"),
            "0aa924a2c2789d532c76b6c403de6e4c57feade2fdafd9e2db531e6185f7a663",
        ),
        (
            *("set.user.change_passwd", "super", "BQ5hoXV9", 1700000000, "bKl/MfQX"),
            "6ca97f31f4179679ec2b97a8dabf29924659f519755a884440b18caf217468cb",
        ),
    ],
)
def test_tokens(
    command: str, password: str, salt: str, ts: int, token: str, key: str
) -> None:
    """Tokens and keys are those of the worked examples."""
    digest = v3_crypto.derive_digest(command, password, salt, ts)
    assert v3_crypto.derive_token(digest) == token
    assert not key or digest.hex() == key


POOL = [{"pool": "stratum+tcp://pool:3333", "worker": "worker", "passwd": "x"}]
PASSWORDS = {"account": "super", "new": "Abc_123", "old": "super"}


@pytest.mark.parametrize(
    ("command", "salt", "ts", "data", "plain"),
    [
        pytest.param(
            *("set.miner.pools", "5QAHiKMb", 1692685512),
            "M7c6KBuUVIiP+BnrFxPBexRUr3Zw94Ng42eBDFq02W9o7MSxcGd0EcmSwVx72paF9s8xliqcLqi00gxEFa8AzpW/A3R+69wXNkHPuGtqhA4=",
            POOL,
            id="pools PKCS7",
        ),
        pytest.param(
            *("set.miner.pools", "5QAHiKMb", 1692685512),
            "M7c6KBuUVIiP+BnrFxPBexRUr3Zw94Ng42eBDFq02W9o7MSxcGd0EcmSwVx72paF9s8xliqcLqi00gxEFa8AzppK+S3eVv7uFsT2v6SS/5k=",
            POOL,
            id="pools zeros",
        ),
        pytest.param(
            *("set.user.change_passwd", "BQ5hoXV9", 1700000000),
            "XeZpn4opYV+7FrLlroCvmTH6/DEpV5eBC+4JEVuENu7VT6MVtCVPH4G+P12CSdiFinziICA4ZYxTM9NXZCHU4g==",
            PASSWORDS,
            id="password PKCS7",
        ),
    ],
)
async def test_ciphertexts(
    dual: SimulatedMiner, command: str, salt: str, ts: int, data: str, plain: Any
) -> None:
    """The encrypted parameters of the worked examples are carried out."""
    digest = v3_crypto.derive_digest(command, "super", salt, ts)
    assert v3_crypto.open_param(digest, data) == plain
    dual.users.salt = salt
    async with V3Client.open(dual) as client:
        client.salt, client.ts = salt, ts
        assert (await client.run(command, data))["code"] == 0
    if plain == POOL:
        (pool,) = dual.machine.settings.pools
        assert (pool.url, pool.user, pool.password) == (
            "stratum+tcp://pool:3333",
            "worker",
            "x",
        )
    else:
        assert dual.users.passwords["super"] == "Abc_123"


def test_token_is_base64() -> None:
    """A token is the beginning of the digest in base64."""
    assert v3_crypto.derive_token(bytes(32)) == b64encode(bytes(32)).decode()[:8]
