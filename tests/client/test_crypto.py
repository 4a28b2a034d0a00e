"""The worked vectors of the protocol: password to key, sign and envelope and back."""

from base64 import b64encode
from collections.abc import Callable
import hashlib
import json
from typing import NamedTuple

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad as pkcs7
import pytest

from custom_components.whatsminer.client import InvalidResponse
from custom_components.whatsminer.client.crypto import (
    Envelope,
    TokenV3,
    md5crypt,
    sign_token,
)


class Vector(NamedTuple):
    """A token and what must become of it."""

    password: str
    salt: str
    newsalt: str
    time: str
    key: str
    sign: str
    plain: dict[str, str]
    sealed: str


VECTORS = [
    Vector(
        "admin",
        "BQ5hoXV9",
        "jbzkfQls",
        "5626",
        "RxmaDUO33TS7O26yeMHZ81",
        "w.BNbkCV6n1aNWgiBWLzT/",
        {"cmd": "power_off", "token": "", "respbefore": "true"},
        "YJracrWpLn2XvqWuNiNqyssrsRlZcXju3MrcPKVQrKx7YeMQ3LLnFz3e+uhaBtYwIj9El6NtkrCy"
        "cutT0CzKhzM2bkv569DlYfXj/5zQEW8=",
    ),
    Vector(  # the time of the text mode: a whole epoch
        "admin",
        "BQ5hoXV9",
        "jbzkfQls",
        "1592555626",
        "RxmaDUO33TS7O26yeMHZ81",
        "w.BNbkCV6n1aNWgiBWLzT/",
        {"cmd": "power_off", "respbefore": "true", "token": ""},
        "YJracrWpLn2XvqWuNiNqyg70K64pfivIJhwE32DXNCeyv4iYIDyJ6mJuwbGpytIytGFk3qcQXxIE"
        "GYONPJL4PpGxjzTpYw1ob9fHFP6+QL8=",
    ),
    Vector(  # not ASCII
        "S0lar_42",
        "px5hoXa9",
        "a5TtWui2",
        "6915",
        "U1k1WSTuxL2.Bj4dyY2pG/",
        "VyqaLwiNU9Gl6aW6Cnw2Y/",
        {"cmd": "set_hostname", "token": "", "hostname": "Шахта-7 ⛏"},
        "5zn7Li/AE/o9CArHVC3CkAc+yL67qbruCgJfSwXpXBsxa+WnoQQUnGcuiiE6VLdoH99e9p+P8XfZ"
        "u5h2m8of/pIBIy63EcKcIG5M9A43b2WDLlpxsKL6pPMe35PLeYSuH7/g7GYLFTlZ8RwCts9HN/k6"
        "1lvmaQrhUNZNM/oU/E0=",
    ),
    Vector(  # exactly five blocks: nothing to pad; leading zeros of the time
        "admin",
        "BQ5hoXV9",
        "Jb4KKFNA",
        "0042",
        "RxmaDUO33TS7O26yeMHZ81",
        "z0F3xayZaZyUGsHh4iC9v1",
        {"cmd": "set_hostname", "token": "", "hostname": "mmmmmm"},
        "oZcDURglBy4KM/sRyD9AjQG75nEpFncLihlZr5g0oFWqn8el4N1J1ifuL1f9lT/fUZQFbjkH/S17"
        "SLBEGv8hf484bZrd/n64tlEU+9Z5e1o=",
    ),
]


@pytest.mark.parametrize("vector", VECTORS)
def test_request(vector: Vector) -> None:
    """A request becomes the very bytes of the vector."""
    key = md5crypt(vector.password, vector.salt)
    assert key == vector.key
    sign = sign_token(key, vector.time, vector.newsalt)
    assert sign == vector.sign
    plain = json.dumps(vector.plain | {"token": sign})
    assert Envelope.of_key(key).seal(plain) == vector.sealed


@pytest.mark.parametrize("vector", VECTORS)
def test_request_can_be_opened(vector: Vector) -> None:
    """What is sealed can be read again with the same key."""
    opened = Envelope.of_key(vector.key).open(vector.sealed)
    assert json.loads(opened) == vector.plain | {"token": vector.sign}


def test_raw_utf8_is_padded_by_bytes() -> None:
    """83 characters in 90 bytes need 6 bytes to be whole blocks."""
    plain = json.dumps(
        {
            "cmd": "set_hostname",
            "token": "VyqaLwiNU9Gl6aW6Cnw2Y/",
            "hostname": "Шахта-7 ⛏",
        },
        ensure_ascii=False,
    )
    assert (len(plain), len(plain.encode())) == (83, 90)
    assert Envelope.of_key("U1k1WSTuxL2.Bj4dyY2pG/").seal(plain) == (
        "5zn7Li/AE/o9CArHVC3CkAc+yL67qbruCgJfSwXpXBsxa+WnoQQUnGcuiiE6VLdoH99e9p+P8XfZ"
        "u5h2m8of/gl7zW8TTwAfQoA14Vu8SaHN9ztIKjbLiZ3VE5kECNLX"
    )


@pytest.mark.parametrize(
    ("key", "sealed", "plain"),
    [
        pytest.param(
            "RxmaDUO33TS7O26yeMHZ81",
            "C/UGIQ8LwD66stwLyOOcM8AaTOolBWk/O12cM+G7Mz53lluOVpsOSpBcGhtOpg0QfXzqoVOP"
            "WCksKSnoq5FdlDzf1zswfpjLBG0UghjHFmJyj0Iw94hY+ImJc0aQQ3bU",
            {
                "STATUS": "S",
                "When": 1700000000,
                "Code": 131,
                "Msg": "API command OK",
                "Description": "",
            },
            id="vector 1",
        ),
        pytest.param(
            "U1k1WSTuxL2.Bj4dyY2pG/",
            "DJZl89qajisa8rkF9j1D8zdIMlBSEFpar7PjxWR3Ls7yWbZu39BXHr2ZNhBD4IwuNMM7vQfY"
            "m7PxhXbwKnh86TSFfWWqp7363fQPPYumuFjWsRoyw+2Ai5EV16ZPurVi",
            {
                "STATUS": "S",
                "When": 1700000000,
                "Code": 131,
                "Msg": "API command OK",
                "Description": "",
            },
            id="vector 2",
        ),
        pytest.param(
            "WssMFDgz6KlzbAfbu9Jph/",
            "99J8w83zIqB3/n9c5GlK0Ms8rMLrtR4I9L3mL3ihmpoy4J0v+AHcKtijbyE92q22MIKC6VKE"
            "UcYL2KQS50euQWMqSBlxCPx8YYy4oRkOE4C7kjyvgs9rRMH/mhiVH9k+",
            {
                "STATUS": "S",
                "When": 1608417125,
                "Code": 131,
                "Msg": "",
                "Description": "whatsminer v1.1",
            },
            id="recorded set_led",
        ),
        pytest.param(
            "WssMFDgz6KlzbAfbu9Jph/",
            "jwpljNU3GQjm+Gw1ULwC2FgxzVupEfMpn9aFiu6gQL2LHWSEzVsEojYHuFXHujVzyHQ+1dZM"
            "bUMVhiinUgafXu8DR15ftrTzphRD27i0sy4Y+5U3mvzsNpL1oXkJla3PwlRI5VnizpWeiTt0"
            "ff3w4A==",
            {
                "STATUS": "E",
                "When": 1608505481,
                "Code": 45,
                "Msg": "can't access write cmd",
                "Description": "whatsminer v1.1",
            },
            id="recorded refusal",
        ),
    ],
)
def test_answer(key: str, sealed: str, plain: dict[str, object]) -> None:
    """An answer is read out of its envelope."""
    assert json.loads(Envelope.of_key(key).open(sealed)) == plain


@pytest.mark.parametrize("length", range(13, 29))
@pytest.mark.parametrize(
    "pad",
    [
        pytest.param(lambda text: text + b"\0" * (-len(text) % 16), id="NUL"),
        pytest.param(lambda text: text + b"\0" * (16 - len(text) % 16), id="NULs"),
        pytest.param(lambda text: pkcs7(text, 16), id="PKCS#7"),
        pytest.param(lambda text: pkcs7(text + b"\0", 16), id="NUL, PKCS#7"),
        pytest.param(
            lambda text: pkcs7(text + b"\0" * (-len(text) % 16), 16),
            id="NULs, PKCS#7",
        ),
        pytest.param(lambda text: pkcs7(text, 16) + b"\0" * 16, id="PKCS#7, NULs"),
    ],
)
def test_padding_of_answers(length: int, pad: Callable[[bytes], bytes]) -> None:
    """Whatever its length, an answer is stripped of NULs and of PKCS#7."""
    text = b'{"Code":131}'.ljust(length - 1) + b"}"
    key = hashlib.sha256(b"key").digest()
    sealed = b64encode(AES.new(key, AES.MODE_ECB).encrypt(pad(text))).decode()
    assert Envelope(key).open(sealed) == text


@pytest.mark.parametrize("end", [b"", b"\x01\x02", b"\x03\x03", b"\x11" * 17, b"x"])
def test_no_padding(end: bytes) -> None:
    """What is no valid padding is left as it is, and nothing is left of nothing."""
    key = hashlib.sha256(b"key").digest()
    aes = AES.new(key, AES.MODE_ECB)
    text = (b"{}" + end).rjust(32) if end else bytes(16)
    sealed = b64encode(aes.encrypt(text)).decode()
    assert Envelope(key).open(sealed) == text.rstrip(b"\0")


def test_salt_that_is_no_text() -> None:
    """Half an emoji in a salt is the miner's error."""
    with pytest.raises(InvalidResponse):
        TokenV3("set.system.led", "super", "\ud83d", 1)
    with pytest.raises(InvalidResponse):
        md5crypt("admin", "\ud83d")
    with pytest.raises(InvalidResponse):
        sign_token("key", "\ud83d", "BQ5hoXV9")


def test_key_of_a_device() -> None:
    """The key and the sign of the recorded exchange follow from its password."""
    key = md5crypt("my-auth-password", "BQ5hoXV9")
    assert key == "WssMFDgz6KlzbAfbu9Jph/"
    assert sign_token(key, "6915", "a5TtWui2") == ".8Wiv910uBxIJcqnY6BFC."


def test_unusable_salt() -> None:
    """A salt that md5-crypt does not know is the miner's error."""
    with pytest.raises(InvalidResponse):
        md5crypt("admin", "not a salt!")


@pytest.mark.parametrize("sealed", ["%%%", "YWJj", "YWJ"])
def test_unusable_envelope(sealed: str) -> None:
    """What is not base64, or not whole blocks, is an error."""
    with pytest.raises(InvalidResponse):
        Envelope.of_key("key").open(sealed)
