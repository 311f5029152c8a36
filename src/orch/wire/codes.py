"""The error table: every failure that the wire carries, with its number, meaning and exit code."""

from enum import IntEnum


class Code(IntEnum):
    """What kind of failure it was; negative numbers as JSON-RPC 2.0 has them."""

    PARSE = -32700
    REQUEST = -32600
    METHOD = -32601
    INVALID = -32602
    INTERNAL = -32603
    NOT_FOUND = -32001
    AMBIGUOUS = -32002
    REFUSED = -32003
    UNAVAILABLE = -32004
    NOT_YET = -32005
    FORBIDDEN = -32006
    UNTRUSTED = -32007
    TIMED_OUT = -32008

    @property
    def word(self) -> str:
        """Return the code's stable name, which programs may compare."""
        return self.name.lower()


MEANINGS = {
    Code.PARSE: "The line is no JSON, or longer than the protocol allows.",
    Code.REQUEST: "The JSON is no JSON-RPC 2.0 request.",
    Code.METHOD: "There is no such method; `rpc.discover` lists them.",
    Code.INVALID: "A parameter is missing, unknown or of the wrong kind; nothing was changed.",
    Code.INTERNAL: "A bug in the daemon; a report was written, and the daemon goes on.",
    Code.NOT_FOUND: "There is no task, project, landing or file of this name.",
    Code.AMBIGUOUS: "The name fits several; `candidates` lists them.",
    Code.REFUSED: "This can't be done in the state that things are in; nothing was changed.",
    Code.UNAVAILABLE: "Something that is needed does not answer now; the same call may work later.",
    Code.NOT_YET: "This version does not do this yet.",
    Code.FORBIDDEN: "The caller has no right to this.",
    Code.UNTRUSTED: "The project's commands were not seen by this person; `orch trust` shows them.",
    Code.TIMED_OUT: "What was waited for did not happen in time.",
}

_EXITS = {
    Code.INVALID: 2,
    Code.METHOD: 2,
    Code.NOT_YET: 2,
    Code.AMBIGUOUS: 2,
    Code.PARSE: 3,
    Code.REQUEST: 3,
    Code.INTERNAL: 3,
    Code.TIMED_OUT: 124,
}


def exit_code(code: Code) -> int:
    """Return the exit code of a command that ended with this failure."""
    return _EXITS.get(code, 1)


class WireError(Exception):
    """A failure as the wire carries it, fit to be shown to a person.

    `kept` says what was kept in spite of it, `next` is the command to run now, `candidates` are
    the names that an ambiguous one could mean, `report` is the file that tells of a bug.
    """

    def __init__(self, code: Code, message: str, **details: object) -> None:
        """Keep the message, one or two sentences; details: kept, next, candidates, report."""
        super().__init__(message)
        self.code, self.message = code, message
        self.kept = str(details.get("kept", ""))
        self.next = str(details.get("next", ""))
        self.report = str(details.get("report", ""))
        found = details.get("candidates", ())
        self.candidates = (
            tuple(str(name) for name in found) if isinstance(found, list | tuple) else ()
        )

    def as_object(self) -> dict[str, object]:
        """Return the error object of a JSON-RPC response; empty details are left out."""
        details = {
            "kept": self.kept,
            "next": self.next,
            "candidates": list(self.candidates),
            "report": self.report,
        }
        data = {"name": self.code.word} | {key: value for key, value in details.items() if value}
        return {"code": int(self.code), "message": self.message, "data": data}

    @classmethod
    def from_object(cls, found: object) -> "WireError":
        """Read an error object; a code that this version does not know becomes `INTERNAL`."""
        if not isinstance(found, dict):
            return cls(Code.INTERNAL, f"the daemon sent an error that is none: {found!r}")
        data = found.get("data")
        details = {k: v for k, v in data.items() if k != "name"} if isinstance(data, dict) else {}
        known = next((code for code in Code if code == found.get("code")), Code.INTERNAL)
        return cls(known, str(found.get("message", "")), **details)


def not_found(what: str, name: str, *, look: str = "") -> WireError:
    """Say that there is nothing of this name, and where to look."""
    return WireError(Code.NOT_FOUND, f"there is no {what} {name!r}", next=look)


def invalid(message: str, **details: object) -> WireError:
    """Say that the request is wrong as it stands."""
    return WireError(Code.INVALID, message, **details)
