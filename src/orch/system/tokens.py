"""Tokens by which a session shows that it is the one; made from a secret, so none is stored."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

_BYTES = 32


class Tokens:
    """Makes and checks the tokens of sessions; only the daemon's user can read the secret."""

    def __init__(self, path: Path) -> None:
        """Read the secret from this file; it is made if there is none."""
        self._secret = _secret(path)

    def of(self, session: str, fence: str) -> str:
        """Return the token of a session; `fence` is its attempt's own, so that none is reused."""
        message = f"{session}\0{fence}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:40]

    def fits(self, token: str, session: str, *, fence: str) -> bool:
        """Tell whether a token is that of a session."""
        return hmac.compare_digest(token.encode(), self.of(session, fence).encode())


def _secret(path: Path) -> bytes:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = b""
    if len(found) == _BYTES:
        return found
    made = secrets.token_bytes(_BYTES)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(made)
    draft.replace(path)
    return made
