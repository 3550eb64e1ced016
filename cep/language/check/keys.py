"""The rule's key: its parts, and where each place of the rule has them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language import ast
from cep.language.check.catalog import EventInfo
from cep.language.check.context import RuleContext
from cep.language.check.events import field_type, path_error
from cep.language.diagnostics import Span
from cep.language.model import RoleKey, RuleKeyPart
from cep.language.spelling import article, did_you_mean, listed, nearest
from cep.language.types import STRING, Kind, Type

UNUSABLE = (Kind.LIST, Kind.MAP, Kind.RECORD)


@dataclass(slots=True)
class KeyPlan:
    """One part of the key while its places are read: the type comes from the first of them."""

    name: str
    path: tuple[str, ...]
    null_is_key: bool
    span: Span
    type: Type | None = None
    first: str = ""
    """The place that gave the type, for messages."""
    nullable: bool = False
    named: bool = False
    """Whether some place names a field for it, if only a wrong one."""
    missing: list[tuple[EventInfo, str, Span]] = field(default_factory=list)
    """Places whose event lacks the part's own field."""


class RuleKeys:
    """Reads the key clause and then, place by place, the fields it is taken from."""

    def __init__(self, match: ast.Match, context: RuleContext) -> None:
        self.context = context
        self.parts: list[KeyPlan] = []
        for key in match.keys:
            self._add(key)

    def _add(self, key: ast.KeyPath) -> None:
        name = key.path.parts[-1]
        if key.part is not None:
            self.context.error(
                "E0217", "the rule's key names fields, not parts", key.span, f"write `{'.'.join(key.path.parts)}` alone"
            )
        if any(part.name == name for part in self.parts):
            fix = "leave one of them out, or give the nested field a name of its own with `from`"
            self.context.error("E0212", f"two parts of the key are named `{name}`", key.span, fix)
            return
        self.parts.append(KeyPlan(name, key.path.parts, key.null_is_key, key.span))

    def add_role(self, node: object, event: EventInfo, keys: tuple[ast.KeyPath, ...], place: str, span: Span) -> None:
        """Read where one place has the key, and keep it under the identity of its node."""
        chosen = self._chosen(keys, span)
        paths: list[tuple[str, ...]] = []
        nulls: list[bool] = []
        for index, part in enumerate(self.parts):
            key = chosen.get(index)
            path = key.path if key else ast.Path(part.path, span)
            null_is_key = key.null_is_key if key else part.null_is_key
            paths.append(path.parts)
            nulls.append(null_is_key)
            self._type(part, event, path, written=key is not None, place=place)
            part.nullable |= null_is_key
        self.context.roles[id(node)] = RoleKey(tuple(paths), tuple(nulls))

    def resolved(self) -> tuple[RuleKeyPart, ...]:
        """The parts with their types, once all places are read. A part that no place could type counts as a string."""
        for part in self.parts:
            if part.missing:
                self._report_missing(part)
        return tuple(RuleKeyPart(part.name, (part.type or STRING).as_nullable(part.nullable)) for part in self.parts)

    def _chosen(self, keys: tuple[ast.KeyPath, ...], span: Span) -> dict[int, ast.KeyPath]:
        """The paths written at a place, by the index of their part."""
        if not keys:
            return {}
        if not self.parts:
            fix = "write `match by KEY`, or leave `by` out here"
            self.context.error("E0217", "the rule has no key, so a step cannot say where it is", keys[0].span, fix)
            return {}
        if any(key.part is not None for key in keys):
            return self._by_name(keys)
        if len(keys) != len(self.parts):
            names = [part.name for part in self.parts]
            fix = f"write one field for each of {listed(names)}, or name the part: `by {names[0]} = FIELD`"
            message = (
                f"the rule's key has {len(names)} parts, and {len(keys)} {'is' if len(keys) == 1 else 'are'} given"
            )
            self.context.error("E0217", message, keys[0].span.to(keys[-1].span), fix)
            return {}
        return dict(enumerate(keys))

    def _by_name(self, keys: tuple[ast.KeyPath, ...]) -> dict[int, ast.KeyPath]:
        names = [part.name for part in self.parts]
        found: dict[int, ast.KeyPath] = {}
        for key in keys:
            if key.part is None:
                fix = f"write `{names[0]} = {'.'.join(key.path.parts)}`"
                self.context.error("E0217", "name the part of the key for every field, or for none", key.span, fix)
            elif key.part not in names:
                fix = did_you_mean(key.part, names, f"its parts are {listed(names)}")
                self.context.error("E0217", f"the rule's key has no part `{key.part}`", key.span, fix)
            elif names.index(key.part) in found:
                self.context.error("E0217", f"the part `{key.part}` is given twice", key.span, "leave one of them out")
            else:
                found[names.index(key.part)] = key
        return found

    def _type(self, part: KeyPlan, event: EventInfo, path: ast.Path, written: bool, place: str) -> None:
        found = field_type(event, path.parts)
        if found is None:
            self._missing(part, event, path, written, place)
            return
        if found.kind in UNUSABLE:
            shown = ".".join(path.parts)
            fix = "use a field of a simple type"
            self.context.error(
                "E0314", f"`{event.name}.{shown}` is {article(found.kind.value)}, not a key", path.span, fix
            )
            return
        if part.type is None:
            part.type, part.first = found.as_nullable(False), f"{place} (`{event.name}.{'.'.join(path.parts)}`)"
        elif _sort(part.type) is not _sort(found):
            shown = f"`{event.name}.{'.'.join(path.parts)}`"
            first = f"the key `{part.name}` is {article(part.type)} at {part.first}"
            message = f"{first}, but {shown} is {article(found.as_nullable(False))}"
            self.context.error("E0313", message, path.span, "declare both fields with one type")

    def _missing(self, part: KeyPlan, event: EventInfo, path: ast.Path, written: bool, place: str) -> None:
        if written or not event.whole or path.parts[0] in event.broken:
            path_error(event, path.parts, path.span, self.context.findings)
            part.named = True
        else:
            part.missing.append((event, place, path.span))

    def _report_missing(self, part: KeyPlan) -> None:
        """E0216 for each place without the field; once, at the key itself, where no place has it."""
        shown = ".".join(part.path)
        if part.type is None and not part.named:
            fields = dict.fromkeys(name for event, _, _ in part.missing for name in event.fields)
            fix = did_you_mean(part.path[0], fields, f"the fields are {listed(fields)}")
            self.context.error("E0216", f"no event of this rule has a field `{shown}`", part.span, fix)
            return
        for event, place, span in part.missing:
            message = f"`{event.name}` at {place} has no field `{shown}` to take the rule's key from"
            self.context.error("E0216", message, span, _missing_fix(part, event, place))


def _missing_fix(part: KeyPlan, event: EventInfo, place: str) -> str:
    if place == "`over`":
        return f"leave `{event.name}` out, or declare `{part.path[0]}` in it with `from`"
    near = nearest(part.name, event.fields)
    if near is not None:
        return f"write `by {near}` behind it"
    return f"write `by FIELD` behind it; its fields are {listed(event.fields)}"


def _sort(type_: Type) -> Kind:
    """Enums and strings are one kind of key, since their values are texts."""
    return Kind.STRING if type_.kind is Kind.ENUM else type_.kind
