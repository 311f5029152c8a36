"""Judge texts: what must not stand in the repository, and links that lead nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

# Ada is the person in our samples: a path in her home is nobody's.
BANNED_TEXT = {
    r"(?<![\w./-])/(?:home|Users)/(?!ada\b)\w": "a path of somebody's machine",
    r"(?<![\w./-])/(?:root|work)/\w": "a path of somebody's machine",
    r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com)": (
        "the address of a package host: each machine has its own"
    ),
    r"^--(?:extra-)?(?:index-url|find-links)": "the address of a package host",
    r"\b(?:TO[D]O|FIX[M]E|XX[X])\b": "a note to nobody: do it, or open an issue",
}

LINK = re.compile(
    r"""
    \[ [^\]]* \]                  # What is shown.
    \( ( [^()\s]+ )              # Where it leads.
    (?: \s+ "[^"]*" )? \)         # What is shown over it.
    """,
    re.VERBOSE,
)
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def judge_text(path: Path, text: str) -> list[str]:
    """Find paths of a machine, addresses of package hosts and notes to nobody."""
    return [
        f"{path}:{number}: {fault}"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern, fault in BANNED_TEXT.items()
        if re.search(pattern, line)
    ]


def judge_links(root: Path, page: Path) -> list[str]:
    """Find relative links without a file, or with an anchor without a heading, at their end."""
    text = (root / page).read_text(encoding="utf-8")
    return [
        f"{page}:{number}: {target} leads nowhere"
        for number, target in walk_links(text)
        if not leads_somewhere(root, page, target=target)
    ]


def walk_links(text: str) -> Iterator[tuple[int, str]]:
    """Yield the relative links of a page with their line; code is no link."""
    bare = FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)
    for number, line in enumerate(bare.splitlines(), start=1):
        for found in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            if not re.match(r"[a-z]+:", found[1]):
                yield number, found[1]


def leads_somewhere(root: Path, page: Path, *, target: str) -> bool:
    """Say whether a relative link has a file, and its anchor a heading, at its end."""
    name, _, anchor = target.partition("#")
    aim = (root / page.parent / name) if name else root / page
    if not aim.exists():
        return False
    if not anchor or PurePosixPath(aim).suffix != ".md":
        return True
    return anchor in list_anchors(aim.read_text(encoding="utf-8"))


def list_anchors(text: str) -> set[str]:
    """List the anchors of a page's headings, as the usual hosts of repositories form them."""
    headings = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
