"""Encodings that a text declares inside itself, and how to make it declare UTF-8 instead."""

from __future__ import annotations

import codecs
import io
import re
import tokenize

# Where each language's own tools look, and group 1 is the name.
PATTERNS = {
    "xml": re.compile(r"""\A\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']"""),
    "html": re.compile(r"""(?i)<meta\b[^>]*?\bcharset\s*=\s*["']?([A-Za-z0-9._-]+)"""),
    "css": re.compile(r"""\A@charset "([A-Za-z0-9._-]+)";"""),
    "ruby": re.compile(r"\A(?:#!.*\n)?#.*?coding[:=][ \t]*([-\w.]+)"),
}
PATTERNS |= {"xslt": PATTERNS["xml"]}
PEP_263 = re.compile(r"(?a)\A(?:[ \t\f]*(?:#[^\r\n]*)?\r?\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
LOOK = 2048
ALWAYS_UTF_8 = frozenset({"python", "ruby"})  # unless they declare otherwise


def declared_encoding(data: bytes, language: str) -> str | None:
    """Find the encoding's name as the text has it; a SyntaxError tells what is wrong with it."""
    if language == "python":
        # The interpreter's own rules, down to which comment counts.
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    pattern = PATTERNS.get(language)
    found = pattern.search(data[:LOOK].decode("latin-1")) if pattern else None
    if found:
        return found[1]
    return "utf-8" if language in ALWAYS_UTF_8 else None


def declare_utf_8(text: str, language: str) -> str:
    """Replace the name of any other encoding that the text declares."""
    pattern = PEP_263 if language == "python" else PATTERNS.get(language)
    found = pattern.search(text[:LOOK]) if pattern else None
    if not found or is_utf_8(found[1]):
        return text
    return f"{text[: found.start(1)]}utf-8{text[found.end(1) :]}"


def is_utf_8(name: str) -> bool:
    try:
        return codecs.lookup(name).name in ("utf-8", "utf-8-sig")
    except LookupError:
        return name.lower().replace("_", "-").startswith("utf-8-")  # `utf-8-unix`, from Emacs
