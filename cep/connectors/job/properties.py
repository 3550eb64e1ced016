"""Properties of clients in a job file: their values as text, or in a file of their own, as secrets often are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from cep.connectors.job.document import Document
from cep.connectors.job.model import Written
from cep.connectors.secrets import SHOWN, keep_secret


def read_properties(
    document: Document, entries: Mapping[str, tuple[yaml.Node, yaml.Node]], folder: Path
) -> dict[str, Written]:
    """The values of a section's entries; errors are recorded. Paths start at `folder`.

    A value may be `{file: PATH}`: the text of the file, without the line end it closes with."""
    found = {}
    for name, (_, value) in entries.items():
        if isinstance(value, yaml.MappingNode):
            text = _text_of(document, value, f"`{name}`", folder)
            secrets = [text or ""]
        else:
            text = document.text(value, f"`{name}`")
            secrets = document.filled_in(value)
        for secret in secrets if name not in SHOWN else ():
            keep_secret(secret)
        found[name] = Written(text or "", document.span(value))
    return found


def _text_of(document: Document, node: yaml.MappingNode, what: str, folder: Path) -> str | None:
    paths: list[tuple[Path, yaml.Node]] = []

    def file(value: yaml.Node) -> None:
        if text := document.text(value, f"the file of {what}"):
            paths.append((folder / text, value))

    if not document.section(node, what, {"file": file}):
        document.error("C0214", f"{what} has no file", node, "write the value itself, or `{file: PATH}`")
    for path, value in paths:
        try:
            return path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            # Not what stands in it, which may be a secret.
            reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)
            message = f"the file `{path}` with the value of {what} cannot be read: {reason}"
            document.error("C0225", message, value, "check its path, and who may read it")
    return None
