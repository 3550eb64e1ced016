"""Refusals of form: quantifiers, modes, `until`, absences, groups and gaps that cannot mean anything."""

from __future__ import annotations

from cep.language import ast
from cep.language.check.context import RuleContext
from cep.language.check.views import Node, all_steps, is_loop, is_open, may_be_empty


def check_structure(match: ast.Match, context: RuleContext) -> None:
    """Record every refusal of form in a rule's pattern (E04xx)."""
    if next(all_steps(match.body), None) is None:
        fix = "add a step such as `a: Event` before or after it"
        context.error("E0422", "the pattern binds no event", match.body.span, fix)
    _Structure(match, context).sequence(match.body, head=True, whole=True)


class _Structure:
    def __init__(self, match: ast.Match, context: RuleContext) -> None:
        self.context = context
        self.error = context.error
        self.header = context.microseconds(match.within)

    def sequence(self, steps: ast.Steps, head: bool, whole: bool = False) -> None:
        """Check the items of a sequence; `head`: nothing that has to be bound stands before it in the rule; `whole`: it
        is the whole pattern."""
        seen: list[Node] = []
        for item in steps.items:
            if isinstance(item.node, ast.Absent):
                self.absence(item.node, seen, head, whole)
            else:
                if item.link is not None:
                    self.gaps(item.link)
                self.node(item.node, head and all(map(may_be_empty, seen)))
            seen.append(item.node)

    def node(self, node: Node, head: bool) -> None:
        """Check one node; `head`: a run can begin with it."""
        match node:
            case ast.Step():
                self.loop(node, f"step `{node.name}`")
                self.single(node)
            case ast.Group():
                self.loop(node, "the group")
                self.group(node)
                self.sequence(node.body, head)
            case ast.Either():
                for alternative in node.alternatives:
                    self.alternative(alternative, head)
            case ast.AllOf():
                self.all_of(node, head)
            case ast.Absent():
                return

    def loop(self, node: ast.Step | ast.Group, name: str) -> None:
        """Quantifier, modes and `until` of a step or group."""
        quantifier = node.quantifier
        if quantifier is not None:
            low, high = quantifier.minimum, quantifier.maximum
            if high == 0:
                self.error("E0404", f"`{quantifier.text}` takes no event at all", quantifier.span, "leave it out")
            elif high is not None and high < low:
                message = f"`{quantifier.text}` ends before it starts"
                self.error("E0404", message, quantifier.span, f"write `{{{high},{low}}}`")
        self.modes(node, name)
        threshold = isinstance(node, ast.Step) and node.having is not None
        if node.until is not None and not is_open(node) and not threshold:
            fix = "write `+`, `*` or `{n,}` behind the type, or leave `until` out"
            self.error("E0406", f"`until` closes an open loop, and {name} is none", node.until.span, fix)

    def modes(self, node: ast.Step | ast.Group, name: str) -> None:
        """The words behind the quantifier."""
        seen: set[str] = set()
        for mode in node.modes:
            threshold = isinstance(node, ast.Step) and node.having is not None
            if threshold or not is_loop(node):
                what = "a threshold" if threshold else "no loop"
                fix = f"leave `{mode.name}` out"
                self.error("E0407", f"`{mode.name}` says how a loop goes on, and {name} is {what}", mode.span, fix)
            elif mode.name == "greedy" and isinstance(node, ast.Group):
                message = "`greedy` is for the loop of a step, not for a group"
                self.error("E0407", message, mode.span, "leave `greedy` out, or write it behind a step of the group")
            elif mode.name in seen:
                self.error("E0407", f"`{mode.name}` is written twice", mode.span, "leave one of them out")
            elif mode.name != "greedy" and seen - {"greedy"}:
                other = next(iter(seen - {"greedy"}))
                message = f"a loop is either `{other}` or `{mode.name}`"
                self.error("E0407", message, mode.span, f"leave `{mode.name}` out")
            seen.add(mode.name)

    def single(self, node: ast.Step) -> None:
        """What belongs only to loops and thresholds."""
        if node.having is not None:
            number = "put the number into `having`, such as `having count() >= 3`"
            until = "remove the `until`: a threshold's window slides on by itself"
            for part, word, fix in ((node.quantifier, "quantifier", number), (node.until, "`until`", until)):
                if part is not None:
                    self.error("E0420", f"a threshold step takes no {word}", part.span, fix)
        elif node.within is not None and not is_loop(node):
            fix = f"write `then within {node.within.text} {node.name}: …` for the gap before it"
            message = f"`within` behind a step spans its loop, and step `{node.name}` is none"
            self.error("E0408", message, node.within.span, fix)

    def group(self, node: ast.Group) -> None:
        """A group that goes round must take an event each time."""
        if is_loop(node) and may_bind_none(node.body):
            fix = "make one of its steps mandatory"
            self.error(
                "E0412", "a looped group must bind an event in each turn, and this one can bind none", node.span, fix
            )

    def alternative(self, steps: ast.Steps, head: bool) -> None:
        """An alternative of `either`; a lone absence needs an event before the group to count from."""
        alone = _is_lone_absence(steps)
        if head and alone:
            fix = "put a step before the group, or in this alternative"
            self.error("E0413", "no event stands before this `without` to count from", steps.span, fix)
        self.sequence(steps, head and not alone)

    def all_of(self, node: ast.AllOf, head: bool) -> None:
        """Members, and how many of them are needed."""
        count = len(node.members)
        if node.need is not None and not 1 <= node.need <= count:
            fix = f"write a number from 1 to {count}"
            self.error("E0421", f"{node.need} of {count} can never be complete", node.span, fix)
        if head and all(isinstance(member, ast.Absent) for member in node.members):
            fix = "add a step to it, or put a step before it"
            self.error("E0422", "nothing binds an event before these absences", node.span, fix)
        for member in node.members:
            self.member(member)

    def member(self, member: Node) -> None:
        """An item of `all of` or `at least N of`."""
        words = "`all of` and `at least N of` take single steps, `{n}`, thresholds and absences"
        if isinstance(member, ast.Absent):
            self.flags(member)
            return
        if not isinstance(member, ast.Step):
            self.error("E0421", words, member.span, "write its steps one by one, or put the group outside")
        elif member.quantifier is not None and member.quantifier.minimum != member.quantifier.maximum:
            fix = "write an exact number, such as `{2}`"
            self.error("E0421", words, member.quantifier.span, fix)
        self.node(member, False)

    def absence(self, node: ast.Absent, before: list[Node], head: bool, whole: bool) -> None:
        """A `without` in a sequence; only as the first line of the whole pattern it looks back from the first event."""
        self.flags(node)
        if not head:
            return
        steps = [other for other in before if not isinstance(other, ast.Absent)]
        if steps and all(map(may_be_empty, steps)):
            fix = "make a step before it mandatory"
            message = "everything before this `without` may be empty, so it has no event to count from"
            self.error("E0413", message, node.span, fix)
        elif not steps and not whole:
            fix = "put a step before it, or write it before the group, as the first line of the rule"
            self.error("E0413", "no event stands before this `without` to count from", node.span, fix)
        elif not steps and node.next:
            fix = "leave `next` out and give it a span: `without T within 10m`"
            self.error("E0414", "`without next` needs an event before it", node.span, fix)

    def flags(self, node: ast.Absent) -> None:
        """`without any` means nothing."""
        if node.any:
            fix = f"write `without {node.event}`: it forbids every such event as it is"
            self.error("E0414", "`without` takes no `any`", node.span, fix)

    def gaps(self, link: ast.Link) -> None:
        """Gaps against each other and against the header's span."""
        within, after = self.context.microseconds(link.within), self.context.microseconds(link.after)
        if self.header is not None:
            for span, value in ((link.within, within), (link.after, after)):
                if span is not None and value is not None and value > self.header:
                    message = f"the gap of {span.text} is longer than the span of the whole match"
                    self.error("E0409", message, span.span, "shorten the gap, or lengthen `within` in the header")
        if within is not None and after is not None and after > within and link.after is not None:
            message = "a gap cannot be at least this long and at most a shorter span"
            self.error("E0409", message, link.after.span, "swap the two spans")


def may_bind_none(steps: ast.Steps) -> bool:
    """Whether a sequence can be complete without an event of its own: by steps passed over, by absences that hold.

    A loop round it would never come to an end."""
    return all(_may_bind_none(item.node) for item in steps.items)


def _may_bind_none(node: Node) -> bool:
    match node:
        case ast.Group():
            return may_be_empty(node) or may_bind_none(node.body)
        case ast.Either():
            return any(may_bind_none(steps) for steps in node.alternatives)
        case ast.AllOf():
            absences = sum(isinstance(member, ast.Absent) for member in node.members)
            return absences >= (len(node.members) if node.need is None else node.need)
        case _:
            return may_be_empty(node)


def _is_lone_absence(steps: ast.Steps) -> bool:
    return all(isinstance(item.node, ast.Absent) for item in steps.items)
