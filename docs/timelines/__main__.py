"""Draw pictures again: `python -m docs.timelines [NAME …]`."""

from __future__ import annotations

import sys

from docs.timelines.case import CaseError, names, read_case
from docs.timelines.draw import file_of, picture_of
from docs.timelines.svg import render


def main(chosen: list[str]) -> int:
    """Write the pictures of that name, or all; 1 if one cannot be drawn."""
    failed = 0
    for name in chosen or names():
        try:
            file_of(name).write_text(render(picture_of(read_case(name))), encoding="utf-8")
        except (CaseError, OSError, ValueError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
