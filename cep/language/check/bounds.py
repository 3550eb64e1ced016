"""Rules whose runs could wait for ever, and rules with more matches than anyone can keep."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cep.language import ast
from cep.language.check.context import RuleContext
from cep.language.check.views import Node, is_loop, is_open, may_be_empty
from cep.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds a node. `header`: the rule has a span. `covered`: that or a span around it bounds every wait in
    it. `entered`: the wait for its first event is bounded, by a gap or because the rule begins there. `tail`: it
    ends the rule. `open_loop`: it goes round without a greatest number of turns."""

    header: bool
    covered: bool
    entered: bool
    tail: bool
    open_loop: bool = False


def check_bounds(match: ast.Match, unbounded: bool, limited: bool, context: RuleContext) -> None:
    """Record E05xx. `unbounded` and `limited`: the rule says `unbounded`, `limit runs N`."""
    around = Around(match.within is not None, match.within is not None, entered=True, tail=True)
    _Bounds(match.body, context, unbounded, limited).sequence(match.body, around)


class _Bounds:
    def __init__(self, whole: ast.Steps, context: RuleContext, unbounded: bool, limited: bool) -> None:
        self.whole = whole
        self.context = context
        self.unbounded = unbounded
        self.limited = limited

    def sequence(self, steps: ast.Steps, around: Around) -> None:
        """Check the items of a sequence one by one; only the first of them is entered from outside."""
        first = True
        for position, item in enumerate(steps.items):
            rest = steps.items[position:]
            if isinstance(item.node, ast.Absent):
                trailing = around.tail and all(
                    isinstance(later.node, ast.Absent) or may_be_empty(later.node) for later in rest
                )
                self.absence(item.node, around.header, leading=first and steps is self.whole, trailing=trailing)
                continue
            gap = item.link is not None and item.link.within is not None
            inside = replace(
                around,
                entered=gap or (first and around.entered),
                tail=around.tail and all(isinstance(i.node, ast.Absent) or may_be_empty(i.node) for i in rest[1:]),
            )
            self.node(item.node, inside)
            if item.link is not None and item.link.mode == "any":
                self.any_link(item.node, item.link.span, around.open_loop)
            first = False

    def node(self, node: Node, around: Around) -> None:
        """Check the waits of one node."""
        match node:
            case ast.Step():
                self.step(node, around)
            case ast.Group():
                self.group(node, around)
            case ast.Either():
                inside = replace(around, covered=around.covered or node.within is not None)
                for alternative in node.alternatives:
                    self.alternative(alternative, replace(inside, entered=around.entered))
            case ast.AllOf():
                self.all_of(node, around)
            case ast.Absent():
                return

    def step(self, node: ast.Step, around: Around) -> None:
        """The wait for the first event, and in a loop or threshold for further ones."""
        if not (around.covered or around.entered):
            self.waits(f"step `{node.name}`", node.span, f"`then within 1h {node.name}: …`")
        elif is_loop(node) and not (around.covered or node.within is not None):
            self.waits(f"more events of step `{node.name}`", node.span, "`within 10m` behind the step")
        if is_open(node):
            self.combines(node, f"step `{node.name}`")

    def group(self, node: ast.Group, around: Around) -> None:
        """A group in brackets: its sequence, and further turns."""
        covered = around.covered or node.within is not None
        if is_loop(node) and not covered:
            self.waits("another turn of the group", node.span, "`within 10m` behind the group")
        if is_open(node):
            self.combines(node, "the group")
        open_loop = around.open_loop or is_open(node)
        self.sequence(node.body, replace(around, covered=covered, open_loop=open_loop))

    def alternative(self, steps: ast.Steps, around: Around) -> None:
        """One alternative of `either`, which may be a single absence with a span."""
        if all(isinstance(item.node, ast.Absent) for item in steps.items):
            for item in steps.items:
                if isinstance(item.node, ast.Absent):
                    self.needs_span(item.node, "an alternative")
            return
        self.sequence(steps, around)

    def all_of(self, node: ast.AllOf, around: Around) -> None:
        """Members wait for each other once the first of them is bound."""
        covered = around.covered or node.within is not None
        if not (around.covered or around.entered):
            self.waits("the first event of this group", node.span, "`then within 1h` before the group")
        elif not covered:
            self.waits("the other events of this group", node.span, "`within 10m` behind the group")
        for member in node.members:
            if isinstance(member, ast.Absent):
                self.needs_span(member, "an item of such a group")
            else:
                self.node(member, replace(around, covered=True, entered=True, tail=False))

    def absence(self, node: ast.Absent, header: bool, leading: bool, trailing: bool) -> None:
        """A `without` in a sequence."""
        spanned = node.within is not None
        if leading and not spanned:
            fix = f"write `without {node.event} … within 90d`"
            message = "a `without` before the first step needs a span to look back over"
            self.context.error("E0503", message, node.span, fix)
        elif trailing and not leading and not spanned and not header:
            if node.next:
                self.waits("the very next event", node.span, "a span of its own")
            else:
                fix = f"write `without {node.event} … within 30m`, or `within` in the header"
                message = "a `without` at the end needs a span after which it holds"
                self.context.error("E0502", message, node.span, fix)

    def needs_span(self, node: ast.Absent, what: str) -> None:
        """Absences that stand for themselves hold once their own span has passed."""
        if node.within is None:
            fix = f"write `without {node.event} … within 10m`"
            self.context.error("E0505", f"a `without` as {what} needs a span of its own", node.span, fix)

    def waits(self, what: str, span: Span, bound: str) -> None:
        """A wait without an end, unless the rule says `unbounded`."""
        if not self.unbounded:
            fix = f"write `within 1h` in the header, or {bound}, or add `unbounded`"
            self.context.error("E0501", f"a run can wait for ever for {what}", span, fix)

    def combines(self, node: ast.Step | ast.Group, name: str) -> None:
        """`combinations` in an open loop."""
        for mode in node.modes:
            if mode.name == "combinations":
                self.multiplies(f"`combinations` in the open loop of {name}", mode.span)

    def any_link(self, node: Node, span: Span, open_loop: bool) -> None:
        """`then any` before an open loop, or inside one."""
        if open_loop:
            self.multiplies("`any` inside an open loop", span)
        elif isinstance(node, ast.Step | ast.Group) and is_open(node):
            self.multiplies("`any` before an open loop", span)

    def multiplies(self, what: str, span: Span) -> None:
        """More matches than anyone can keep, unless the rule limits them."""
        if not self.limited:
            fix = "add `limit runs 1000`, or give the loop a greatest number"
            self.context.error("E0504", f"{what} has up to 2^n matches for n events", span, fix)
