"""All edits between two versions of a rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from cep.language.model import Rule
from cep.plan.edits.event_edits import event_edits
from cep.plan.edits.forms import key_text
from cep.plan.edits.meaning import Version
from cep.plan.edits.outline import is_plain
from cep.plan.edits.pattern_edits import pattern_edits
from cep.plan.edits.verdict import Edit, Verdict

KEEP, RECOMPUTE, FINISH_OLD, RESET = Verdict.KEEP, Verdict.RECOMPUTE, Verdict.FINISH_OLD, Verdict.RESET


def rule_edits(old: Version, new: Version) -> tuple[Edit, ...]:
    """What a new version changes in meaning; empty where it is the same, however it is written."""
    old, new = old.comparable(new), new.comparable(old)
    return (
        *_key(old.rule, new.rule),
        *_metadata(old.rule, new.rule),
        *_header(old, new),
        *pattern_edits(old, new),
        *_clauses(old, new),
        *event_edits(old, new),
    )


def _key(old: Rule, new: Rule) -> Iterator[Edit]:
    before, after = ([f"{part.name}: {part.type}" for part in rule.key] for rule in (old, new))
    if before != after:
        yield Edit("key", "", ", ".join(before), ", ".join(after), RESET)


def _metadata(old: Rule, new: Rule) -> Iterator[Edit]:
    if old.title != new.title:
        yield Edit("title", "", old.title, new.title, KEEP)
    for field in fields(old.meta):
        name = field.name
        before, after = getattr(old.meta, name), getattr(new.meta, name)
        if before == after:
            continue
        if name == "mode" and after == "off":
            yield Edit(name, "", before, after, RESET)
        elif name == "version" and old.report == "updates":
            # The revisions of an alert share its id, which holds the version.
            yield Edit(name, "", before, after, FINISH_OLD)
        else:
            yield Edit(name, "", before, after, KEEP)


def _header(old: Version, new: Version) -> Iterator[Edit]:
    before, after = old.rule, new.rule
    if before.within != after.within:
        if is_plain(before) and is_plain(after):
            yield Edit("span", "the match", before.within, after.within, RECOMPUTE)
        else:
            yield Edit("span", "the match", before.within, after.within, FINISH_OLD)
    if old.meaning(before.over) != new.meaning(after.over):
        yield Edit("`over`", "", _over(before), _over(after), FINISH_OLD)


def _clauses(old: Version, new: Version) -> Iterator[Edit]:
    before, after = old.rule, new.rule
    if old.meaning(before.cancel) != new.meaning(after.cancel):
        settings = old.setting_edits(new, before.cancel)
        yield Edit("`cancel on`", "", before.cancel, after.cancel, FINISH_OLD, settings=settings)
    if before.skip != after.skip:
        yield Edit("`after match skip`", "", _skip(before), _skip(after), FINISH_OLD)
    if before.report != after.report:
        yield Edit("report", "", before.report, after.report, FINISH_OLD)
    if old.meaning(before.emit, True) != new.meaning(after.emit, True):
        settings = old.setting_edits(new, before.emit, True)
        yield Edit("emit", "", before.emit, after.emit, KEEP, settings=settings)
    if old.meaning(before.on_timeout, True) != new.meaning(after.on_timeout, True):
        # Which first events were part of a reported match is noted only where time-outs are told.
        verdict = KEEP if before.on_timeout or not after.on_timeout else FINISH_OLD
        settings = old.setting_edits(new, before.on_timeout, True)
        yield Edit("`on timeout`", "", before.on_timeout or None, after.on_timeout or None, verdict, settings=settings)
    yield from _suppress(old, new)
    if before.limit_runs != after.limit_runs:
        yield Edit("`limit runs`", "", before.limit_runs, after.limit_runs, KEEP)


def _suppress(old: Version, new: Version) -> Iterator[Edit]:
    before, after = old.rule.suppress, new.rule.suppress
    if before is None or after is None:
        if before is not after:
            yield Edit("`suppress`", "", before, after, KEEP)
    elif old.meaning(before.by) != new.meaning(after.by):
        yield Edit("`suppress by`", "", before, after, FINISH_OLD, settings=old.setting_edits(new, before.by))
    elif (before.within, before.maximum) != (after.within, after.maximum):
        yield Edit("`suppress`", "", before, after, KEEP)


def _over(rule: Rule) -> str | None:
    return ", ".join(f"{over.event} by {key_text(over.key)}" for over in rule.over) or None


def _skip(rule: Rule) -> str:
    skip = rule.skip
    words = [skip.kind, *([skip.step] if skip.step else []), *(["in start order"] if skip.in_start_order else [])]
    return " ".join(words)
