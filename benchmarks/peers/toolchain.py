"""Fetches what the peers run on, and compiles our classes for them, into a folder that git ignores."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parent / "java"
CACHE = Path(__file__).parent.parent.parent / "var" / "bench" / "peers"
EQL = "eql==1.0.1"


class Unavailable(Exception):
    """A peer cannot run here; the message says why."""


def java_classpath(engine: str) -> str:
    """The class path of an engine with our classes, made on the first call.

    Raises `Unavailable` without a JDK or Maven, or when the jars cannot be fetched.
    """
    if missing := [tool for tool in ("java", "javac", "mvn") if shutil.which(tool) is None]:
        raise Unavailable(f"needs {', '.join(missing)}")
    folder, pom = CACHE / engine, SOURCES / engine / "pom.xml"
    sources = sorted([*(SOURCES / "common").glob("*.java"), *(SOURCES / engine).glob("*.java")])
    jars = f"{folder / 'lib'}/*"
    if _changed(folder / "lib.sha256", [pom]):
        shutil.rmtree(folder / "lib", ignore_errors=True)
        _run("mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'lib'}")
        _done(folder / "lib.sha256", [pom])
    if _changed(folder / "classes.sha256", [pom, *sources]):
        shutil.rmtree(folder / "classes", ignore_errors=True)
        (folder / "classes").mkdir(parents=True)
        # Annotation processors among the jars stumble over newer sources.
        _run("javac", "-nowarn", "-proc:none", "-d", str(folder / "classes"), "-cp", jars, *map(str, sources))
        _done(folder / "classes.sha256", [pom, *sources])
    return f"{folder / 'classes'}:{jars}"


def python_library() -> Path:
    """The folder of the `eql` package, kept apart from the project's own environment."""
    folder = CACHE / "eql" / "lib"
    if not (folder / "eql").is_dir():
        _run(sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), EQL)
    return folder


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {done.stdout.strip()[-400:]}")


def _digest(files: list[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _changed(mark: Path, files: list[Path]) -> bool:
    return not mark.exists() or mark.read_text() != _digest(files)


def _done(mark: Path, files: list[Path]) -> None:
    mark.write_text(_digest(files))
