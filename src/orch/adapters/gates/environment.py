"""What a gate's commands find in their environment: what tools need, and nothing of orch's."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_KEPT: Final = frozenset(
    {
        *("HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ"),
        # Where tool chains and their caches are; without these they would fetch all anew.
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR"),
        *("CARGO_HOME", "RUSTUP_HOME", "GOROOT", "GOPATH", "GOCACHE", "GOMODCACHE", "JAVA_HOME"),
        *("NVM_DIR", "PYENV_ROOT", "RBENV_ROOT", "ANDROID_HOME", "CCACHE_DIR", "NIX_PATH"),
        # How to reach the world from here.
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *("LD_LIBRARY_PATH", "PKG_CONFIG_PATH", "NIX_SSL_CERT_FILE"),
    }
)
_KEPT_BEGINNINGS: Final = ("LC_",)
_CREDENTIALS: Final = re.compile(r"://[^/@\s]+@")


def compose_environment(given: Mapping[str, str], *, scratch: Path) -> dict[str, str]:
    """Choose from a list of names, so that no token, key, socket or git setting gets through.

    An address with a password in it (a proxy's) is left out as well. The home folder is the
    person's own: what is kept from the gate by this is the environment, not the disk.
    """
    kept = {
        name: value
        for name, value in given.items()
        if (name in _KEPT or name.startswith(_KEPT_BEGINNINGS)) and not _CREDENTIALS.search(value)
    }
    own = {
        "CI": "true",
        "ORCH_GATE": "1",
        "TERM": "dumb",
        "TMPDIR": str(scratch),
        "GIT_TERMINAL_PROMPT": "0",
    }
    return kept | own
