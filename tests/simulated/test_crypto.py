"""The worked examples of the protocol notes, and an exchange recorded in 2020."""

from base64 import b64decode, b64encode
import json

from Crypto.Cipher import AES
import pytest

from tests.simulator import ManualClock, SimulatedMiner, crypto

from .common import exchange, pad_nul, recorded, seal

ADMIN = ("admin", "BQ5hoXV9")
SOLAR = ("S0lar_42", "px5hoXa9")
POWER_OFF = {"cmd": "power_off", "token": "w.BNbkCV6n1aNWgiBWLzT/"}
HOSTNAME = {"cmd": "set_hostname", "token": "VyqaLwiNU9Gl6aW6Cnw2Y/"}
MMM = {"cmd": "set_hostname", "token": "z0F3xayZaZyUGsHh4iC9v1", "hostname": "mmmmmm"}
OK = b'{"STATUS":"S","When":1700000000,"Code":131,"Msg":"API command OK","Description":""}'


@pytest.mark.parametrize(
    ("password", "salt", "time", "newsalt", "key", "sign", "aes_key"),
    [
        (
            *ADMIN,
            "5626",
            "jbzkfQls",
            "RxmaDUO33TS7O26yeMHZ81",
            "w.BNbkCV6n1aNWgiBWLzT/",
            "199e0a202039bb7b558db7a54697dca29cb278055b7e659a127fb844d5a2fbf6",
        ),
        (
            *ADMIN,
            "1592555626",
            "jbzkfQls",
            "RxmaDUO33TS7O26yeMHZ81",
            "w.BNbkCV6n1aNWgiBWLzT/",
            "199e0a202039bb7b558db7a54697dca29cb278055b7e659a127fb844d5a2fbf6",
        ),
        (
            *SOLAR,
            "6915",
            "a5TtWui2",
            "U1k1WSTuxL2.Bj4dyY2pG/",
            "VyqaLwiNU9Gl6aW6Cnw2Y/",
            "c67c88d39c2feea58fbae68a43c880d1733c1097011667411299c4dbea5d7ab3",
        ),
        (
            *ADMIN,
            "0042",
            "Jb4KKFNA",
            "RxmaDUO33TS7O26yeMHZ81",
            "z0F3xayZaZyUGsHh4iC9v1",
            "199e0a202039bb7b558db7a54697dca29cb278055b7e659a127fb844d5a2fbf6",
        ),
        (
            "my-auth-password",
            "BQ5hoXV9",
            "6915",
            "a5TtWui2",
            "WssMFDgz6KlzbAfbu9Jph/",
            ".8Wiv910uBxIJcqnY6BFC.",
            "71851181fb0b937f0e163eeda6eaad529884c4d031a00c9571c1b2ab532bf4fb",
        ),
    ],
)
def test_keys(
    password: str,
    salt: str,
    time: str,
    newsalt: str,
    key: str,
    sign: str,
    aes_key: str,
) -> None:
    """Key, sign and AES key are those of the worked examples."""
    assert crypto.derive_key(password, salt) == key
    assert crypto.derive_sign(key, time, newsalt) == sign
    assert crypto.derive_aes_key(key).hex() == aes_key


ENVELOPES = [
    pytest.param(
        ADMIN,
        "YJracrWpLn2XvqWuNiNqyssrsRlZcXju3MrcPKVQrKx7YeMQ3LLnFz3e+uhaBtYwIj9El6NtkrCycutT0CzKhzM2bkv569DlYfXj/5zQEW8=",
        {**POWER_OFF, "respbefore": "true"},
        id="1 NUL",
    ),
    pytest.param(
        ADMIN,
        "YJracrWpLn2XvqWuNiNqyssrsRlZcXju3MrcPKVQrKx7YeMQ3LLnFz3e+uhaBtYwIj9El6NtkrCycutT0CzKh6076GSfrHNr5fR0/SAZZiE=",
        {**POWER_OFF, "respbefore": "true"},
        id="1 PKCS7",
    ),
    pytest.param(
        ADMIN,
        "YJracrWpLn2XvqWuNiNqyg70K64pfivIJhwE32DXNCeyv4iYIDyJ6mJuwbGpytIytGFk3qcQXxIEGYONPJL4PpGxjzTpYw1ob9fHFP6+QL8=",
        {**POWER_OFF, "respbefore": "true"},
        id="1 other order",
    ),
    pytest.param(
        SOLAR,
        "5zn7Li/AE/o9CArHVC3CkAc+yL67qbruCgJfSwXpXBsxa+WnoQQUnGcuiiE6VLdoH99e9p+P8XfZu5h2m8of/pIBIy63EcKcIG5M9A43b2WDLlpxsKL6pPMe35PLeYSuH7/g7GYLFTlZ8RwCts9HN/k61lvmaQrhUNZNM/oU/E0=",
        {**HOSTNAME, "hostname": "Шахта-7 ⛏"},
        id="2 NUL",
    ),
    pytest.param(
        SOLAR,
        "5zn7Li/AE/o9CArHVC3CkAc+yL67qbruCgJfSwXpXBsxa+WnoQQUnGcuiiE6VLdoH99e9p+P8XfZu5h2m8of/pIBIy63EcKcIG5M9A43b2WDLlpxsKL6pPMe35PLeYSuH7/g7GYLFTlZ8RwCts9HN+UC4mQaozkdl/UJN+m6Dzs=",
        {**HOSTNAME, "hostname": "Шахта-7 ⛏"},
        id="2 PKCS7",
    ),
    pytest.param(
        SOLAR,
        "5zn7Li/AE/o9CArHVC3CkAc+yL67qbruCgJfSwXpXBsxa+WnoQQUnGcuiiE6VLdoH99e9p+P8XfZu5h2m8of/gl7zW8TTwAfQoA14Vu8SaHN9ztIKjbLiZ3VE5kECNLX",
        {**HOSTNAME, "hostname": "Шахта-7 ⛏"},
        id="2b raw UTF-8",
    ),
    pytest.param(
        ADMIN,
        "oZcDURglBy4KM/sRyD9AjQG75nEpFncLihlZr5g0oFWqn8el4N1J1ifuL1f9lT/fUZQFbjkH/S17SLBEGv8hf484bZrd/n64tlEU+9Z5e1o=",
        MMM,
        id="3 no extra block",
    ),
    pytest.param(
        ADMIN,
        "oZcDURglBy4KM/sRyD9AjQG75nEpFncLihlZr5g0oFWqn8el4N1J1ifuL1f9lT/fUZQFbjkH/S17SLBEGv8hf484bZrd/n64tlEU+9Z5e1rQuc4cCHgEEvjBcQfDWYji",
        MMM,
        id="3 NUL block",
    ),
    pytest.param(
        ADMIN,
        "oZcDURglBy4KM/sRyD9AjQG75nEpFncLihlZr5g0oFWqn8el4N1J1ifuL1f9lT/fUZQFbjkH/S17SLBEGv8hf484bZrd/n64tlEU+9Z5e1p7ByakVE5gEd0is2E6eRwZ",
        MMM,
        id="3 PKCS7",
    ),
]


@pytest.mark.parametrize(("secret", "data", "plain"), ENVELOPES)
def test_envelope_decodes(
    secret: tuple[str, str], data: str, plain: dict[str, str]
) -> None:
    """Each envelope of the worked examples is read, whatever its padding."""
    aes_key = crypto.derive_aes_key(crypto.derive_key(*secret))
    assert crypto.parse_plain(crypto.decrypt(aes_key, data)) == plain
    # Line breaks inside base64 do not matter.
    assert crypto.decrypt(aes_key, data[:60] + "\n" + data[60:])


@pytest.mark.parametrize(
    ("secret", "data"),
    [
        (
            ADMIN,
            "C/UGIQ8LwD66stwLyOOcM8AaTOolBWk/O12cM+G7Mz53lluOVpsOSpBcGhtOpg0QfXzqoVOPWCksKSnoq5FdlDzf1zswfpjLBG0UghjHFmJyj0Iw94hY+ImJc0aQQ3bU",
        ),
        (
            SOLAR,
            "DJZl89qajisa8rkF9j1D8zdIMlBSEFpar7PjxWR3Ls7yWbZu39BXHr2ZNhBD4IwuNMM7vQfYm7PxhXbwKnh86TSFfWWqp7363fQPPYumuFjWsRoyw+2Ai5EV16ZPurVi",
        ),
    ],
)
def test_answer_encrypts(secret: tuple[str, str], data: str) -> None:
    """The answers of the worked examples come out byte for byte."""
    aes_key = crypto.derive_aes_key(crypto.derive_key(*secret))
    assert crypto.encrypt(aes_key, OK) == data


@pytest.mark.parametrize("padding", ["needed", "always", "pkcs7"])
@pytest.mark.parametrize("extra", range(16))
async def test_every_padding(
    miner: SimulatedMiner, clock: ManualClock, padding: str, extra: int
) -> None:
    """Every length and every padding is accepted."""
    token = miner.tokens.adopt("0042", "Jb4KKFNA", clock.wall())
    command = {
        "cmd": "set_hostname",
        "token": token.sign,
        "hostname": "m" * (extra + 1),
    }
    plain = json.dumps(command).encode()
    fill = 16 - len(plain) % 16
    padded = {
        "needed": pad_nul(plain),
        "always": plain + bytes(fill),
        "pkcs7": plain + bytes([fill]) * fill,
    }[padding]
    answer = await exchange(miner, seal(miner.tokens.aes_key, padded))
    assert crypto.decrypt(miner.tokens.aes_key, json.loads(answer)["enc"])
    assert miner.machine.settings.pending == {"hostname": "m" * (extra + 1)}


async def test_recorded_exchange(socket_enabled: None) -> None:
    """The LED command recorded in 2020 is carried out."""
    took = recorded("exchange_set_led")
    clock = ManualClock(1608416915)
    async with SimulatedMiner(password=took["password"], clock=clock) as miner:
        msg = took["token"]
        token = miner.tokens.adopt(msg["time"], msg["newsalt"], clock.wall())
        assert token.sign == took["sign"]
        assert miner.tokens.key == took["key"]
        data = await exchange(miner, json.dumps(took["request"]).encode())
        plain = crypto.decrypt(miner.tokens.aes_key, json.loads(data)["enc"])
        assert json.loads(plain.rstrip(b"\0"))["Code"] == 131
        assert miner.machine.settings.led == "0,2000,1000,0 "
        request = crypto.decrypt(miner.tokens.aes_key, took["request"]["data"])
        assert request.rstrip(b"\0").decode() == took["request_plain"]


@pytest.mark.parametrize("name", ["exchange_set_led", "exchange_write_disabled"])
def test_recorded_replies(name: str) -> None:
    """The recorded replies come out byte for byte, the encrypted error too."""
    took = recorded(name)
    salt = took["token"]["salt"]
    aes_key = crypto.derive_aes_key(crypto.derive_key(took["password"], salt))
    reply = crypto.decrypt(aes_key, took["reply"]["enc"])
    assert reply.rstrip(b"\0").decode() == took["reply_plain"]
    enc = took["reply"]["enc"]
    if len(took["reply_plain"]) % 16:
        assert crypto.encrypt(aes_key, took["reply_plain"].encode()) == enc
    else:
        # That daemon adds a whole block of NUL bytes when the text fits already.
        block = AES.new(aes_key, AES.MODE_ECB).encrypt(bytes(16))
        body = b64decode(crypto.encrypt(aes_key, took["reply_plain"].encode()))
        assert b64encode(body + block).decode() == enc


@pytest.mark.parametrize(
    "plain",
    [b"", b"\0" * 16, b"not json at all!", b'{"cmd":"x"} more', b'["a"]', b"\xff\xfe"],
)
def test_rubbish_is_no_command(plain: bytes) -> None:
    """Whatever is not one JSON object with padding is nothing."""
    assert crypto.parse_plain(plain) is None
