"""The key to sealed models: 32 random bytes, in base64, in the keyring or in a file that only the user can read.

GESSO_KEY_FILE names the file. Without it the keyring is asked, where the library `keyring` is installed and finds one,
then ~/.config/gesso/model.key is read. A key is made when a model is first sealed.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from gesso.contract.errors import ModelError
from gesso.engine.sealing import mark_of

ENTRY = ("gesso", "model key")  # service and user name in the keyring


def find_key(mark: bytes, name: str) -> bytes:
    """The key that a sealed file `name` was sealed with, by its mark. Raises ModelError where it is not there."""
    known = list(_known())
    for key, _ in known:
        if mark_of(key) == mark:
            return key
    if known:
        raise ModelError(
            f"The model {name} is sealed with another key than yours.", "Name the file of its key in GESSO_KEY_FILE."
        )
    raise ModelError(f"The model {name} is sealed, and there is no key to open it.", f"Put its key into {key_file()}.")


def sealing_key() -> tuple[bytes, str]:
    """The key to seal with, and where it is kept; a new one where there is none. Raises ModelError."""
    known = next(_known(), None)
    if known:
        return known
    key = secrets.token_bytes(32)
    text = base64.b64encode(key).decode("ascii")
    if not os.environ.get("GESSO_KEY_FILE") and _write_keyring(text):
        return key, "your keyring"
    file = key_file()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        if os.name == "posix":  # the key must outlive a power cut that the sealed model outlives
            folder = os.open(file.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
    except OSError as error:
        raise ModelError(f"The key file {file} cannot be written: {error.strerror}.", "Nothing was sealed.") from error
    return key, str(file)


def key_file() -> Path:
    """Where the key is, or would be, that no keyring holds."""
    given = os.environ.get("GESSO_KEY_FILE")
    return Path(given) if given else Path.home() / ".config" / "gesso" / "model.key"


def _known() -> Iterator[tuple[bytes, str]]:
    """Every key that is there, and where; raises ModelError for one that cannot be used."""
    if not os.environ.get("GESSO_KEY_FILE") and (text := _read_keyring()):
        yield _decoded(text, "your keyring"), "your keyring"
    file = key_file()
    if not file.exists():
        return
    try:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise ModelError(f"Others can read the key file {file}.", f"Run: chmod 600 {file}")
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The key file {file} cannot be read.", "Put back a copy of it.") from error
    yield _decoded(text, str(file)), str(file)


def _decoded(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ModelError(f"The key in {place} is not 32 bytes in base64.", "Put back a copy of it.")
    return key


def _read_keyring() -> str | None:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(*ENTRY)
    except keyring.errors.KeyringError:  # none on this machine, or it stayed locked
        return None
    return found


def _write_keyring(text: str) -> bool:
    """Whether the keyring has it now."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return False
    try:
        keyring.set_password(*ENTRY, text)
    except keyring.errors.KeyringError:
        return False
    return _read_keyring() == text
