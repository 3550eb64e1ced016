"""Write a made-up day of a bank as JSON lines, and the answer key: which alerts must come of it.

    python examples/quickstart/generate.py --seed 7 --out DIR

DIR gets `events.jsonl`, `trusted.txt` (the values of the list `trusted_merchants`) and `answer_key.json`. The key is
written from how the stories were made; no rule is run.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from random import Random

from day import accounts, cards, deposits, logins, transfers
from day.arrival import arrange
from day.background import TRUSTED, background
from day.story import Cast, Story

SUBJECTS = (cards, logins, accounts, transfers, deposits)


def generate(seed: int, out: Path) -> dict[str, object]:
    """Write the day of this seed into the folder `out`; returns the answer key."""
    random = Random(seed)
    cast = Cast(random)
    stories = [story for subject in SUBJECTS for story in subject.stories(cast)]
    events = [event for story in stories for event in story.events]
    feed = arrange([*events, *background(cast)], random)
    key = {
        "seed": seed,
        "events": len(feed.lines),
        "out_of_order": feed.out_of_order,
        "late": feed.late,
        "dead_letters": feed.dead,
        "unrouted": feed.unrouted,
        "alerts": [expected.record() for story in stories for expected in story.expected],
        "stories": [_summary(story) for story in stories],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "events.jsonl").write_bytes(b"\n".join(feed.lines) + b"\n")
    (out / "trusted.txt").write_text("\n".join(TRUSTED) + "\n", encoding="utf-8")
    (out / "answer_key.json").write_text(json.dumps(key, indent=1) + "\n", encoding="utf-8")
    return key


def _summary(story: Story) -> dict[str, object]:
    events = [event.id for event in story.events]
    return {
        "rule": story.rule,
        "kind": story.kind,
        "title": story.title,
        "events": events,
        "alerts": len(story.expected),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a made-up day of a bank, and the alerts that must come of it.")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another day (default: 7)")
    parser.add_argument("--out", type=Path, required=True, help="folder for events.jsonl, trusted.txt, answer_key.json")
    arguments = parser.parse_args()
    key = generate(arguments.seed, arguments.out)
    kinds = Counter(str(story["kind"]) for story in key["stories"])  # type: ignore[attr-defined]
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    print(f"{key['events']:,} events and {told} stories in {arguments.out}")


if __name__ == "__main__":
    main()
