"""The mutants of a module: small changes, each of which a test should notice."""

import ast
from collections.abc import Iterator
import copy
from dataclasses import dataclass
import re
from typing import Any

_OPERATORS = """Lt/LtE LtE/Lt Gt/GtE GtE/Gt Eq/NotEq NotEq/Eq Is/IsNot IsNot/Is In/NotIn
    NotIn/In And/Or Or/And Add/Sub Sub/Add Mult/Div Div/Mult FloorDiv/Mult Mod/Mult Pow/Mult
    LShift/RShift RShift/LShift BitAnd/BitXor BitXor/BitAnd"""
_PAIRS = re.findall(r"(\w+)/(\w+)", _OPERATORS)
_SWAPS = {old: getattr(ast, new)() for old, new in _PAIRS}
# Types never run (PEP 649), and words for people are not behaviour.
_NO_CODE = re.compile(
    r"""["']|_LOGGER\.|__all__|if TYPE_CHECKING|import |from |type """
)
_NO_VALUES = {"annotation", "returns", "type_params", "decorator_list"}


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change of one module."""

    path: str
    line: int
    turn: int
    """The line, or the first one of a table: all rows of plain data have one turn."""
    change: str
    original: bytes
    old: Any
    new: str | ast.AST

    def source(self) -> bytes | None:
        """Return the changed module; None where it is no Python, such as in a pattern."""
        lines = self.original.splitlines(keepends=True)
        start = sum(map(len, lines[: self.old.lineno - 1])) + self.old.col_offset
        end = sum(map(len, lines[: self.old.end_lineno - 1])) + self.old.end_col_offset
        new = self.new if isinstance(self.new, str) else f"({ast.unparse(self.new)})"
        changed = self.original[:start] + new.encode() + self.original[end:]
        try:
            ast.parse(changed)
        except SyntaxError:
            return None
        return changed


def find_mutants(path: str, source: bytes) -> Iterator[Mutant]:
    """Yield all mutants of a module."""
    code = ast.Call | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for statement in ast.parse(source).body:
        data = not any(isinstance(node, code) for node in ast.walk(statement))
        for place, change, old, new in _walk(statement):
            turn = statement.lineno if data else place.lineno
            words = f"{ast.unparse(place)}  ->  {change}"
            yield Mutant(path, place.lineno, turn, words, source, old, new)


def _walk(node: ast.AST) -> Iterator[tuple[Any, str, ast.AST, str | ast.AST]]:
    """Yield the changes of a node and all below: where, in words, what, by what."""
    if isinstance(node, ast.stmt) and _NO_CODE.match(ast.unparse(node)):
        return
    for old, new in _changes(node):
        yield old, new, old, new
    for place, shorter in _shortened(node):
        yield place, "(removed)", node, shorter
    if isinstance(node, ast.Raise):
        return
    for field, value in ast.iter_fields(node):
        if field in _NO_VALUES:
            continue
        for child in value if isinstance(value, list) else [value]:
            # The fixed parts of an f-string have no quotes of their own.
            fixed = isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)
            if isinstance(child, ast.AST) and not fixed:
                yield from _walk(child)


def _changes(node: Any) -> Iterator[tuple[ast.AST, str]]:
    """Yield what in a node can be replaced, and by which text."""
    match node:
        case (
            ast.If(test=test)
            | ast.While(test=test)
            | ast.IfExp(test=test)
            | ast.comprehension(ifs=[test])
            | ast.match_case(guard=ast.expr() as test)
        ) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield test, f"(not ({ast.unparse(test)}))"
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield value, "None"
        case ast.ExceptHandler(type=ast.expr() as kind):
            yield kind, "NotImplementedError"
        case ast.Raise(exc=error):
            yield node, "pass"
            if isinstance(error, ast.Call):
                yield error.func, "NotImplementedError"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, "pass"
        case ast.Expr() | ast.AugAssign() | ast.Delete() | ast.Break() | ast.Continue():
            yield node, "pass"
        case ast.Constant(value=bool(value)):
            yield node, str(not value)
        case ast.Constant(value=int(number) | float(number)):
            yield node, str(number + 1)
        case ast.Constant(value=str(text)):
            yield node, repr(f"x{text}")
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Compare(ops=[operator]):
            swapped = copy.replace(node, ops=[_SWAPS[type(operator).__name__]])
            yield node, f"({ast.unparse(swapped)})"
        case ast.BinOp(op=operator) | ast.BoolOp(op=operator):
            if swap := _SWAPS.get(type(operator).__name__):
                yield node, f"({ast.unparse(copy.replace(node, op=swap))})"


def _shortened(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield what can be removed from a list, a table or a condition, and what stays."""
    if not isinstance(node, ast.Dict | ast.List | ast.Set | ast.Tuple | ast.BoolOp):
        return
    fields = {key: value for key, value in vars(node).items() if type(value) is list}
    places = next(iter(fields.values()))
    if len(places) > 1 and not isinstance(getattr(node, "ctx", None), ast.Store):
        for index, place in enumerate(places):
            rest = {name: v[:index] + v[index + 1 :] for name, v in fields.items()}
            yield place or node, copy.replace(node, **rest)
