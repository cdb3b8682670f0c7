"""Modules that have left Python's library, or are about to, and what does their work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.languages import words
from toolkit.python2_names import CHANGED_MODULES
from toolkit.standard_names import PYTHON_2

LEFT_IN = {
    "3.12": words("asynchat asyncore distutils imp smtpd"),
    "3.13": words(
        "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev"
        " pipes sndhdr spwd sunau telnetlib uu xdrlib"
    ),
}
INSTEAD = {
    "asynchat": "asyncio", "asyncore": "asyncio", "cgi": "email.message, a web framework",
    "compiler": "ast", "crypt": "hashlib.scrypt", "distutils": "setuptools",
    "exceptions": "built in", "hotshot": "cProfile", "htmllib": "html.parser",
    "ihooks": "importlib", "imp": "importlib", "imputil": "importlib", "lib2to3": "fissix",
    "md5": "hashlib", "mhlib": "mailbox", "mimetools": "email", "MimeWriter": "email",
    "mimify": "email", "multifile": "email", "mutex": "threading", "new": "types",
    "pipes": "subprocess", "popen2": "subprocess", "rfc822": "email", "sets": "set, frozenset",
    "sgmllib": "html.parser", "sha": "hashlib", "smtpd": "aiosmtpd", "statvfs": "os.statvfs",
    "user": "site", "uu": "binascii", "imghdr": "filetype", "telnetlib": "telnetlib3",
}  # fmt: skip


def gone_modules(external: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Find them among the libraries that the files import; the ones used most come first."""
    found = []
    for at in external:
        since = _gone_in(at["name"]) if "python" in at["languages"] else None
        if since:
            instead = "fissix renames it" if at["name"] in CHANGED_MODULES else ""
            instead = instead or INSTEAD.get(at["name"], "nothing")
            found.append({key: at[key] for key in ("name", "imports", "files")}
                         | {"since": since, "instead": instead})  # fmt: skip
    return sorted(found, key=lambda at: (-int(at["files"]), str(at["name"])))


def _gone_in(name: str) -> str | None:
    if name in PYTHON_2:
        return "3.0"
    return next((version for version, names in LEFT_IN.items() if name in names), None)
