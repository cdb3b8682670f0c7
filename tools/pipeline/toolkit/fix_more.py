"""What the 2-era grammar allowed and fissix's own fixers leave, or do wrongly.

Each class is a fixer in fissix's form. Those that take the place of one of fissix's inherit it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from fissix import fixer_base  # type: ignore[import-untyped]  # fissix has no stubs
from fissix.fixer_util import FromImport, Name, Newline, syms  # type: ignore[import-untyped]  # the same
from fissix.fixes.fix_import import FixImport  # type: ignore[import-untyped]  # the same
from fissix.fixes.fix_next import FixNext  # type: ignore[import-untyped]  # the same
from fissix.fixes.fix_nonzero import FixNonzero  # type: ignore[import-untyped]  # the same
from fissix.fixes.fix_numliterals import FixNumliterals  # type: ignore[import-untyped]  # the same
from fissix.fixes.fix_tuple_params import (  # type: ignore[import-untyped]  # the same
    FixTupleParams,
    find_params,
    is_docstring,
    map_to_index,
    simplify_args,
    tuple_name,
)
from fissix.fixes.fix_unicode import FixUnicode  # type: ignore[import-untyped]  # the same
from fissix.pgen2 import token  # type: ignore[import-untyped]  # the same
from fissix.pytree import Leaf, Node  # type: ignore[import-untyped]  # the same

KEYWORDS = frozenset({"async", "await"})  # today; in the 2-era names like others
TRUTHS = frozenset({"True", "False"})
RENAMED: dict[Any, str] = {"basestring": "str", "unicode": "str", "unichr": "chr"}


class Next(FixNext):  # type: ignore[misc]  # untyped base
    """The same; its pattern takes long to fail on a large class, so a look at the names first."""

    def match(self, node: Any) -> Any:
        return "next" in self.used_names and super().match(node)


class Nonzero(FixNonzero):  # type: ignore[misc]  # untyped base
    """The same, for the same reason."""

    def match(self, node: Any) -> Any:
        return "__nonzero__" in self.used_names and super().match(node)


class Numbers(FixNumliterals):  # type: ignore[misc]  # untyped base
    """0777L is both long and octal: fissix took only the L."""

    def transform(self, node: Any, results: Any) -> Any:
        bare = Leaf(token.NUMBER, node.value.rstrip("Ll"), prefix=node.prefix)
        return super().transform(bare, results) if self.is_octal(bare) else bare


class Strings(FixUnicode):  # type: ignore[misc]  # untyped base
    r"""In a string of bytes `\N` was two characters, as `\u` was, which fissix knows."""

    def transform(self, node: Any, results: Any) -> Any:
        new = super().transform(node, results)
        bytes_once = node.type == token.STRING and node.value[0] in "'\""
        if not bytes_once or self.unicode_literals or "\\N" not in node.value:
            return new
        new = new or node.clone()
        parts = new.value.split("\\\\")
        new.value = "\\\\".join(part.replace("\\N", "\\\\N") for part in parts)
        return new


class Imports(FixImport):  # type: ignore[misc]  # untyped base
    """`import sibling.part as name`, of which fissix made `from . import sibling.part`."""

    def transform(self, node: Any, results: Any) -> Any:
        wanted = results["imp"]
        if self.skip or node.type != syms.import_name or not _has_dots(wanted):
            return super().transform(node, results)
        if not any(map(self.probably_a_local_import, _modules(wanted))):
            return None
        if wanted.type != syms.dotted_as_name:
            self.warning(node, "an import of a sibling's part needs a person: it is absolute now")
            return None
        package, _, part = str(wanted.children[0]).strip().rpartition(".")
        name = Name(f"{part} as {wanted.children[2].value}", prefix=" ")
        new = FromImport(f".{package}", [name])
        new.prefix = node.prefix
        return new


def _has_dots(wanted: Any) -> bool:
    return any(node.type == syms.dotted_name for node in wanted.pre_order())


def _modules(wanted: Any) -> Iterator[str]:
    for part in str(wanted).split(","):
        yield part.split()[0]


class TupleParameters(FixTupleParams):  # type: ignore[misc]  # untyped base
    """`lambda (a, b), c: a.b` too: several parameters, and attributes that are no parameters."""

    PATTERN = """
              funcdef< 'def' any parameters< '(' args=any ')' > ['->' any] ':' suite=any+ >
              |
              lambda=lambdef< 'lambda' args=(vfpdef | varargslist) ':' body=any >
              """

    def transform(self, node: Any, results: Any) -> None:
        if "lambda" not in results and (alone := _docstring_alone(results)):
            # Or fissix would put the assignment before whatever follows the function.
            alone.parent.insert_child(3, Node(syms.simple_stmt, [Name("pass"), Newline()]))
        super().transform(node, results)

    def transform_lambda(self, node: Any, results: Any) -> None:  # noqa: ARG002 (fissix calls it so)
        args = node.children[1]
        parameters = args.children if args.type == syms.varargslist else [args]
        for parameter in [at for at in parameters if at.type == syms.vfpdef]:
            self._replace(parameter, node)

    def _replace(self, parameter: Any, function: Any) -> None:
        inner = simplify_args(parameter)
        first = parameter is function.children[1] or parameter.prev_sibling is None
        prefix = " " if first else parameter.prefix
        if inner.type == token.NAME:  # lambda (x): x
            parameter.replace(Name(inner.value, prefix=prefix))
            return
        names = find_params(parameter)
        names = names if isinstance(names, list) else [names]
        index = map_to_index(names)
        name = self.new_name(tuple_name(names))
        parameter.replace(Name(name, prefix=prefix))
        for leaf in list(function.children[-1].post_order()):
            if leaf.type == token.NAME and leaf.value in index and _is_variable(leaf):
                path = [part.clone() for part in index[leaf.value]]
                leaf.replace(Node(syms.power, [Name(name, prefix=leaf.prefix), *path]))


def _docstring_alone(results: Any) -> Any | None:
    """Return the docstring that is all there is in a function with a tuple for a parameter."""
    suite = results["suite"][0]
    body = suite.children[2:-1]
    alone = len(body) == 1 and suite.children[1].type == token.INDENT and is_docstring(body[0])
    wanted = alone and any(at.type == syms.tfpdef for at in results["args"].pre_order())
    return body[0] if wanted else None


def _is_variable(leaf: Any) -> bool:
    """Not an attribute's name, and not a keyword in a call."""
    before, after = leaf.prev_sibling, leaf.next_sibling
    if before is not None and before.type == token.DOT:
        return False
    named = leaf.parent.type == syms.argument and before is None
    return not (named and after is not None and after.type == token.EQUAL)


class Keywords(fixer_base.BaseFix):  # type: ignore[misc]  # untyped base
    """`async` and `await` as names: with an underscore, as every file that has them is refused.

    Not in imports: what is imported may be a file, which keeps its name.
    """

    _accept_type = token.NAME

    def start_tree(self, tree: Any, filename: str) -> None:
        super().start_tree(tree, filename)
        self.told: set[str] = set()

    def match(self, node: Any) -> bool:
        return node.value in KEYWORDS and not _in_import(node)

    def transform(self, node: Any, results: Any) -> Any:  # noqa: ARG002 (fissix calls it so)
        new = f"{node.value}_"
        if node.value not in self.told:
            self.told.add(node.value)
            self.warning(node, f"`{node.value}` is a keyword now: renamed to `{new}` in this file")
        return Name(new, prefix=node.prefix)


def _in_import(node: Any) -> bool:
    while node is not None:
        if node.type in (syms.import_name, syms.import_from):
            return True
        node = node.parent
    return False


class TruthTargets(fixer_base.BaseFix):  # type: ignore[misc]  # untyped base
    """`True = 1`, and `True, False = 1, 0`, for the Pythons before 2.3."""

    _accept_type = syms.expr_stmt

    def match(self, node: Any) -> bool:
        target, sign = node.children[:2]
        names = {leaf.value for leaf in target.leaves()} - set("(,)")
        return sign.type == token.EQUAL and len(node.children) == 3 and names <= TRUTHS  # noqa: PLR2004 (a = b)

    def transform(self, node: Any, results: Any) -> Any:  # noqa: ARG002 (fissix calls it so)
        return Name("pass", prefix=node.prefix)


class OwnNames(fixer_base.BaseFix):  # type: ignore[misc]  # untyped base
    """`def f(a, True=True, str=str, unicode=unicode)`, which made them local variables.

    Some of them are keywords now, others become one and the same. A comment before them stays.
    """

    _accept_type = syms.typedargslist

    def match(self, node: Any) -> bool:
        names = {getattr(child, "value", None) for child in node.children}
        return not names.isdisjoint(TRUTHS) or not names.isdisjoint(RENAMED)

    def transform(self, node: Any, results: Any) -> None:  # noqa: ARG002 (fissix calls it so)
        parameters = node.children[:1] + [at.next_sibling for at in node.children if str(at) == ","]
        values = [getattr(at, "value", None) for at in parameters]
        names = Counter(RENAMED.get(value, value) for value in values)
        for at in range(len(node.children) - 3, 0, -1):
            texts = [getattr(child, "value", None) for child in node.children[at - 1 : at + 3]]
            name = texts[1]
            if texts == [",", name, "=", name] and (
                name in TRUTHS or names[RENAMED.get(name, "")] > 1
            ):
                names[RENAMED.get(name, name)] -= 1
                _drop(node, at)


def _drop(parameters: Any, at: int) -> None:
    name, after = parameters.children[at], parameters.children[at + 3 : at + 4]
    if "#" in name.prefix and after:
        after[0].prefix = name.prefix + after[0].prefix
    for gone in parameters.children[at - 1 : at + 3]:
        gone.remove()
