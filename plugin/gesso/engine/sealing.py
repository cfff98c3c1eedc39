"""Sealed models: files that only the holder of a key can read. AES-256-GCM in chunks, after the STREAM construction
(Hoang, Reyhanitabar, Rogaway & Vizar, "Online authenticated-encryption and its nonce-reuse misuse-resistance", 2015).

    header    MAGIC, 8 bytes that name the key, 16 bytes of salt, 7 bytes with which every nonce begins
    chunks    CHUNK bytes of the model each, the last one fewer, and 16 bytes of tag behind each

Each file is encrypted under a key of its own, which HKDF (RFC 5869) makes of the user's key and the salt. The nonce
goes on with the chunk's number and whether it is the last: none can be left out, moved, repeated or cut off unnoticed.
Bound to every chunk are the header, the name of the model's file and the sha256 of the model itself.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from gesso.contract.errors import ModelError

MAGIC = b"gesso sealed 1\r\n"
MARK, SALT, PREFIX, TAG = 8, 16, 7, 16  # bytes
HEADER = len(MAGIC) + MARK + SALT + PREFIX
CHUNK = 1 << 20


def is_sealed(path: Path) -> bool:
    """Whether the file begins as a sealed one does; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def mark_of(key: bytes) -> bytes:
    """What a sealed file says of its key: enough to know it again, nothing to find it by."""
    return hashlib.sha256(b"gesso key" + key).digest()[:MARK]


def seal(model: BinaryIO, out: BinaryIO, key: bytes, name: str, sha256: str) -> None:
    """Write `model` to `out`, encrypted. key: 32 bytes. name: of the model's file. sha256: of its bytes, in hex.

    Raises ModelError where the library for it is missing.
    """
    header = MAGIC + mark_of(key) + os.urandom(SALT + PREFIX)
    crypt = _cipher(header, key, name, sha256, decrypting=False)
    out.write(header)
    for number, (chunk, last) in enumerate(_chunks(model, CHUNK)):
        out.write(crypt(number, last, chunk))


def unseal(path: Path, sha256: str, find_key: Callable[[bytes, str], bytes]) -> Iterator[bytes]:
    """The model in the sealed file `path`, chunk by chunk; each is sound, but only with the last all are there.

    find_key: gives the key for a mark and the file's name. Raises ModelError, also for whatever was changed.
    """
    with path.open("rb") as file:
        header = file.read(HEADER)
        key = find_key(header[len(MAGIC) : len(MAGIC) + MARK], path.name)
        crypt = _cipher(header, key, path.name, sha256, decrypting=True)
        for number, (chunk, last) in enumerate(_chunks(file, CHUNK + TAG)):
            yield crypt(number, last, chunk)


def _chunks(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """(bytes, whether they are the last), `size` at a time; one empty chunk of an empty file."""
    chunk = file.read(size)
    while following := file.read(size):
        yield chunk, False
        chunk = following
    yield chunk, True


def _cipher(header: bytes, key: bytes, name: str, sha256: str, decrypting: bool) -> Callable[[int, bool, bytes], bytes]:
    """(number of the chunk, whether it is the last, its bytes) -> its bytes the other way round."""
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError as error:
        raise ModelError(
            "Sealed models need the Python library cryptography.",
            "Install it beside gesso: pip install cryptography",
        ) from error
    salt, prefix = header[-SALT - PREFIX : -PREFIX], header[-PREFIX:]
    cipher: Any = AESGCM(HKDF(SHA256(), 32, salt, b"gesso sealed model").derive(key))
    bound = b"\0".join((header, name.encode(), sha256.encode()))

    def crypt(number: int, last: bool, chunk: bytes) -> bytes:
        nonce = prefix + number.to_bytes(4, "big") + bytes([last])
        try:
            return bytes((cipher.decrypt if decrypting else cipher.encrypt)(nonce, chunk, bound))
        except InvalidTag as error:
            raise ModelError(
                f"The sealed model {name} was changed, renamed, or belongs to another card.",
                "Put back a copy of it, or add the model again.",
            ) from error

    return crypt
