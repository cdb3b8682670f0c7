"""Names that Python 3 does not have any more: a file that uses one compiles, and fails when run.

fissix changes most of them, but only in files that it is given: those that the compiler refuses,
or all of them with PYTHON2=all. Nothing changes the others. What stands in a `try` is left out:
code that runs on both Pythons asks there.
"""

from __future__ import annotations

from typing import Any

from toolkit.languages import words
from toolkit.standard_names import PYTHON_2

CHANGED_CALLS = "xrange|unichr|raw_input|reload|execfile|apply|long|reduce|intern"
CHANGED_ATTRIBUTES = (
    "has_key|iteritems|itervalues|iterkeys|im_func|im_self|im_class|maxint|getcwdu"
    "|func_(?:name|code|globals|defaults|dict|doc|closure)"
)
URLLIB = "quote|quote_plus|unquote|unquote_plus|urlencode|urlopen|urlretrieve|pathname2url"
CHANGED_MODULES = words(
    "__builtin__ anydbm BaseHTTPServer CGIHTTPServer commands ConfigParser Cookie cookielib"
    " copy_reg cPickle cStringIO dbhash dumbdbm dummy_thread gdbm htmlentitydefs HTMLParser httplib"
    " Queue repr robotparser SimpleHTTPServer SimpleXMLRPCServer SocketServer StringIO thread"
    " Tkinter tkMessageBox urllib2 urlparse UserDict UserList UserString whichdb xmlrpclib"
)
LOST_CALLS = "file|buffer|coerce"
LOST_CODECS = "base64|hex|zip|zlib|bz2|rot13|rot_13|uu|quopri|string[-_]escape"
STRING = (
    "join|joinfields|split|splitfields|strip|lstrip|rstrip|find|rfind|index|rindex|count|lower"
    "|upper|swapcase|replace|atoi|atof|atol|zfill|ljust|rjust|center|expandtabs|capitalize"
    "|maketrans|translate|letters|lowercase|uppercase"
)


def _imports(names: frozenset[str]) -> list[dict[str, Any]]:
    one = "|".join(sorted(names))
    return [
        {"kind": "import_statement", "regex": rf"^import\s+(?:[\w., ]*,\s*)?(?:{one})\b"},
        {"kind": "import_from_statement", "regex": rf"^from\s+(?:{one})\s"},
    ]


def _calls(names: str) -> dict[str, Any]:
    return {"kind": "call", "has": {"field": "function", "regex": f"^(?:{names})$"}}


def _outside_try(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"any": found, "not": {"inside": {"kind": "try_statement", "stopBy": "end"}}}


CHANGED = _outside_try(
    [
        _calls(CHANGED_CALLS),
        {"kind": "call", "regex": r"^isinstance\([^()]*(?:\([^()]*)?\blong\b"},
        {
            "kind": "attribute",
            "has": {"field": "attribute", "regex": f"^(?:{CHANGED_ATTRIBUTES})$"},
        },
        {"kind": "attribute", "regex": f"^urllib\\.(?:{URLLIB})$"},
        *_imports(CHANGED_MODULES),
    ]
)
LOST = _outside_try(
    [
        _calls(LOST_CALLS),
        {"kind": "attribute", "regex": f"^string\\.(?:{STRING})$"},
        {"kind": "call", "regex": rf"""\.(?:en|de)code\(\s*['"](?:{LOST_CODECS})['"]\s*\)$"""},
        {
            "kind": "import_from_statement",
            "regex": rf"^from\s+string\s+import\s[\w\s,()]*\b(?:{STRING})\b",
        },
        *_imports(PYTHON_2 - CHANGED_MODULES),
    ]
)
HINT = (
    rf"\b(?:{CHANGED_CALLS}|{CHANGED_ATTRIBUTES}|{LOST_CALLS}|string\s*\.|from\s+string|urllib)"
    rf"|code\(\s*['\"](?:{LOST_CODECS})|\b(?:{'|'.join(sorted(PYTHON_2))})\b"
)
