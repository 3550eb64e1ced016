"""Kept outcomes by the text they are of."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

from cep.language.kept.folder import Folder, cache_folder
from cep.language.kept.outcome import Outcome
from cep.language.kept.packing import pack, unpack
from cep.language.kept.stamp import stamp


class Shelf:
    """Finds and keeps the outcomes of files, by name as shown and text."""

    def __init__(self, folder: Folder) -> None:
        """Raises `OSError` where the code lies in no folder, so that nothing tells one version from the next."""
        self._folder = folder
        self._stamp = stamp()

    def find(self, name: str, text: str) -> Outcome | None:
        """What a check of the file came to; whether its imports are still the same is for the caller to see."""
        with suppress(ValueError):
            data = self._folder.read(self._place(name, text))
            found = None if data is None else unpack(data)
            return found if isinstance(found, Outcome) else None
        return None

    def keep(self, name: str, text: str, outcome: Outcome) -> None:
        """Keep an outcome. Raises `ValueError` for text in it that is no Unicode."""
        self._folder.write(self._place(name, text), pack(outcome))

    def sweep(self) -> None:
        """Take out the oldest outcomes if they are too many."""
        self._folder.sweep()

    def _place(self, name: str, text: str) -> str:
        shown = name.encode("utf-8", "surrogateescape")
        return sha256(self._stamp + b"%d:" % len(shown) + shown + text.encode("utf-8")).hexdigest()[:40]


def users_shelf() -> Shelf | None:
    """The shelf in the user's cache folder; None for a user without a home, and for code in no folder."""
    with suppress(OSError, RuntimeError):
        return Shelf(Folder(cache_folder()))
    return None


def digest(text: str, imports: tuple[bytes, ...]) -> bytes:
    """What tells a file with everything it imports from any other."""
    return sha256(b"".join([sha256(text.encode("utf-8")).digest(), *imports])).digest()
