"""What the code of a Python function says, as a fingerprint: to notice that it has changed since a state was written.

Looked at is the text of the module file that defines the function: the statement at its top level in which the function
stands, and of the others those by which the names are made that it uses, directly or by way of others. What they mean
counts, not their layout, comments and docstrings. Not looked at: modules that are imported, data that the function
reads, and functions without a Python source.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from weakref import WeakKeyDictionary

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement at the top level of a module: its text in one canonical form, its first and last line, the names that
    it makes and those that it uses. `only_makes`: all it does is to make those names."""

    text: str
    lines: range
    makes: frozenset[str]
    uses: frozenset[str]
    only_makes: bool


_modules: WeakKeyDictionary[ModuleType, tuple[Statement, ...]] = WeakKeyDictionary()
"""The statements of modules, as they were when first looked at: a process imports a module once."""


def code_marks(functions: Mapping[str, Callable[..., object]]) -> dict[str, str]:
    """Fingerprints of functions by name; those of which no source can be had are left out."""
    marks = {name: code_mark(function) for name, function in functions.items()}
    return {name: mark for name, mark in marks.items() if mark is not None}


def code_mark(function: Callable[..., object]) -> str | None:
    """The fingerprint of a function's code; None where no source can be had."""
    target = _defined(function)
    module = sys.modules.get(getattr(target, "__module__", None) or "")
    if module is None:
        return None
    statements = _statements(module)
    first = next((one for one in statements if _holds(one, target)), None)
    if first is None:
        return None
    text = "\n".join(one.text for one in _needed(statements, first))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _defined(function: object) -> object:
    """What was defined of a callable: the function behind decorators, methods and partials, the class of an object."""
    while isinstance(function, functools.partial):
        function = function.func
    found = inspect.unwrap(function) if callable(function) else function
    found = getattr(found, "__func__", found)
    return found if hasattr(found, "__code__") or isinstance(found, type) else type(found)


def _holds(statement: Statement, target: object) -> bool:
    """Whether a function or class is defined in a statement."""
    code = getattr(target, "__code__", None)
    if code is not None:
        return code.co_firstlineno in statement.lines
    return str(getattr(target, "__qualname__", "")).partition(".")[0] in statement.makes


def _needed(statements: tuple[Statement, ...], first: Statement) -> Iterator[Statement]:
    """The statement that defines a function, and those on which it depends, in the order of the file."""
    made = frozenset().union(*(one.makes for one in statements))
    chosen, names = {first}, first.uses | first.makes
    while True:
        found = {
            one
            for one in statements
            if one not in chosen and (one.makes & names or (not one.only_makes and one.uses & made & names))
        }
        if not found:
            return (one for one in statements if one in chosen)
        chosen |= found
        names |= frozenset().union(*(one.uses for one in found))


def _statements(module: ModuleType) -> tuple[Statement, ...]:
    found = _modules.get(module)
    if found is None:
        found = _modules[module] = tuple(_read(module))
    return found


def _read(module: ModuleType) -> Iterator[Statement]:
    """The statements of a module; none where its source cannot be had."""
    try:
        file = inspect.getsourcefile(module)
        tree = ast.parse(Path(file).read_bytes()) if file else ast.Module([], [])
    except (OSError, TypeError, SyntaxError, ValueError):
        return
    for node in tree.body:
        if not _is_idle(node):
            yield _statement(node)


def _is_idle(node: ast.stmt) -> bool:
    """Docstrings, and what runs when the file is a program."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.If) and "__name__" in _names(node.test, ast.Load)


def _statement(node: ast.stmt) -> Statement:
    decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
    lines = range(min([node.lineno, *(of.lineno for of in decorators)]), (node.end_lineno or node.lineno) + 1)
    makes, uses = frozenset(_made(node)), frozenset(_names(node, ast.Load))
    return Statement(ast.unparse(_without_docstrings(node)), lines, makes, uses, _only_makes(node))


def _only_makes(node: ast.stmt) -> bool:
    match node:
        case ast.Assign():
            return all(isinstance(target, ast.Name) for target in node.targets)
        case ast.AnnAssign():
            return isinstance(node.target, ast.Name)
        case ast.ImportFrom():
            return all(of.name != "*" for of in node.names)
    return isinstance(node, (*_DEFINITIONS, ast.Import))


def _made(node: ast.stmt) -> Iterator[str]:
    """The names that a statement makes at the top level; of one that holds others, of these too."""
    if isinstance(node, _DEFINITIONS):
        yield node.name
    elif isinstance(node, _IMPORTS):
        yield from ((of.asname or of.name).partition(".")[0] for of in node.names)
    else:
        yield from _names(node, ast.Store)
        for inner in ast.walk(node):
            if isinstance(inner, (*_DEFINITIONS, *_IMPORTS)):
                yield from _made(inner)


def _names(node: ast.AST, context: type[ast.expr_context]) -> Iterable[str]:
    return (of.id for of in ast.walk(node) if isinstance(of, ast.Name) and isinstance(of.ctx, context))


def _without_docstrings(node: ast.stmt) -> ast.stmt:
    for of in ast.walk(node):
        if isinstance(of, _DEFINITIONS) and isinstance(of.body[0], ast.Expr):
            value = of.body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                of.body = of.body[1:] or [ast.Pass()]
    return node
