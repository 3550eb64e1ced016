"""A message to whoever watches over a run."""

from __future__ import annotations

from typing import Literal as OneOf

Level = OneOf["info", "warning", "error"]


class Notice(str):
    """A sentence, which is all that a person needs, and what a machine sorts it by: its level, its code where it has
    one, and the shard that it is about. Goes wherever a plain message goes.
    """

    __slots__ = ("code", "level", "shard")

    level: Level
    code: str | None
    shard: int | None

    def __new__(cls, text: str, level: Level = "info", code: str | None = None, shard: int | None = None) -> Notice:
        """`text`: one sentence, without a full stop."""
        made = super().__new__(cls, text)
        made.level = level
        made.code = code
        made.shard = shard
        return made
