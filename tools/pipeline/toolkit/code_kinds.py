"""What is a function and what is a branch, in the words of each language's grammar."""

from __future__ import annotations

from typing import Any, NamedTuple

from toolkit.languages import words


class Kinds(NamedTuple):
    """Kinds of nodes; `operation` is the one that has && and ||, where there is one."""

    functions: frozenset[str]
    branches: frozenset[str]
    operation: str = ""

    @property
    def rule(self) -> dict[str, Any]:
        """Find them all at once, in ast-grep's form."""
        found: list[dict[str, Any]] = [
            {"kind": kind} for kind in sorted(self.functions | self.branches)
        ]
        if self.operation:
            lazy = {"field": "operator", "regex": r"^(&&|\|\||and|or|\?\?)$"}
            found.append({"kind": self.operation, "has": lazy})
        return {"any": found}


def _kinds(functions: str, branches: str, operation: str = "") -> Kinds:
    return Kinds(words(functions), words(branches), operation)


LOOPS = "if_statement for_statement while_statement do_statement"
KINDS = {
    "bash": _kinds(
        "function_definition", "if_statement elif_clause for_statement while_statement case_item"
    ),
    "c": _kinds(
        "function_definition", f"{LOOPS} case_statement conditional_expression", "binary_expression"
    ),
    "cpp": _kinds(
        "function_definition",
        f"{LOOPS} for_range_loop case_statement catch_clause conditional_expression",
        "binary_expression",
    ),
    "csharp": _kinds(
        "method_declaration constructor_declaration local_function_statement",
        f"{LOOPS} foreach_statement catch_clause conditional_expression switch_section"
        " switch_expression_arm",
        "binary_expression",
    ),
    "go": _kinds(
        "function_declaration method_declaration",
        "if_statement for_statement expression_case type_case communication_case",
        "binary_expression",
    ),
    "java": _kinds(
        "method_declaration constructor_declaration compact_constructor_declaration",
        f"{LOOPS} enhanced_for_statement catch_clause ternary_expression switch_label",
        "binary_expression",
    ),
    "javascript": _kinds(
        "function_declaration function_expression arrow_function method_definition"
        " generator_function_declaration",
        f"{LOOPS} for_in_statement catch_clause ternary_expression switch_case",
        "binary_expression",
    ),
    "kotlin": _kinds(
        "function_declaration",
        "if_expression for_statement while_statement do_while_statement when_entry catch_block"
        " conjunction_expression disjunction_expression elvis_expression",
    ),
    "lua": _kinds(
        "function_declaration function_definition",
        "if_statement elseif_statement for_statement while_statement repeat_statement",
    ),
    "php": _kinds(
        "function_definition method_declaration",
        f"{LOOPS} else_if_clause foreach_statement case_statement catch_clause"
        " conditional_expression",
        "binary_expression",
    ),
    "python": _kinds(
        "function_definition",
        "if_statement elif_clause for_statement while_statement except_clause boolean_operator"
        " conditional_expression case_clause if_clause for_in_clause",
    ),
    "ruby": _kinds(
        "method singleton_method",
        "if elsif unless while until for when rescue conditional if_modifier unless_modifier"
        " while_modifier",
        "binary",
    ),
    "rust": _kinds(
        "function_item",
        "if_expression match_arm while_expression for_expression loop_expression",
        "binary_expression",
    ),
    "scala": _kinds(
        "function_definition",
        "if_expression case_clause while_expression for_expression catch_clause",
    ),
    "swift": _kinds(
        "function_declaration init_declaration",
        "if_statement guard_statement for_statement while_statement repeat_while_statement"
        " switch_entry catch_block ternary_expression conjunction_expression"
        " disjunction_expression",
    ),
}
KINDS |= {"typescript": KINDS["javascript"], "tsx": KINDS["javascript"]}
