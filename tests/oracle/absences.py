"""`without` at the head of a rule: nothing of the kind in the span before the first step's event."""

from __future__ import annotations

from tests.oracle.places import Thread
from tests.oracle.view import View


def begins_unhindered(view: View, thread: Thread) -> bool:
    """Whether no leading absence was hit in its span before the match's first event."""
    first = thread.first
    for node in view.pattern.leading:
        absence = node.absence
        for index in view.between(-1, first):
            recent = absence.within is None or view.time(index) >= view.time(first) - absence.within
            if recent and view.hits(absence, index, thread.bindings, None):
                return False
    return True
