"""Fetches Kafka, and makes a certificate for it, once into a folder that git ignores."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from tests.kafka.broker.locks import locked

CACHE = Path(__file__).parent.parent.parent.parent / "var" / "kafka"
STORE_PASSWORD = "changeit"
_POM = Path(__file__).parent / "pom.xml"
_JAVA = 17
_ALTERNATIVE_NAMES = "SAN=dns:localhost,ip:127.0.0.1"


class Unavailable(Exception):
    """A broker cannot be had here; the message says why."""


def kafka_version() -> str:
    """The version of Kafka that is fetched."""
    found = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>(.*)</version>", _POM.read_text())
    assert found is not None
    return found[1]


def class_path() -> str:
    """Kafka's class path, fetched on the first call.

    Raises `Unavailable` without Java or Maven, or when the jars cannot be fetched.
    """
    need_tools()
    CACHE.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / "fetch.lock"):
        folder = CACHE / f"lib-{hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]}"
        if not folder.is_dir():
            fresh = folder.with_suffix(".part")
            shutil.rmtree(fresh, ignore_errors=True)
            goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh}")
            _run("mvn", "-B", "-q", "-f", str(_POM), *goal)
            fresh.rename(folder)
    return f"{folder}/*"


def need_tools() -> None:
    """Raises `Unavailable` unless Java, of the version that Kafka runs on, and Maven are there."""
    if missing := [tool for tool in ("java", "keytool", "mvn") if shutil.which(tool) is None]:
        raise Unavailable(f"needs {', '.join(missing)}")
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) < _JAVA:
        raise Unavailable(f"needs Java {_JAVA} or later")


def certificate() -> tuple[Path, Path]:
    """A key store for the broker (PKCS 12, `STORE_PASSWORD`), and its certificate, signed by itself, for clients."""
    store, shown = CACHE / "broker.p12", CACHE / "broker.pem"
    CACHE.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / "fetch.lock"):
        if not shown.exists():
            store.unlink(missing_ok=True)
            common = ("-alias", "broker", "-keystore", str(store), "-storepass", STORE_PASSWORD)
            key = ("-keyalg", "RSA", "-keysize", "2048", "-validity", "3650", "-storetype", "PKCS12")
            names = ("-dname", "CN=localhost", "-ext", _ALTERNATIVE_NAMES, "-ext", "bc=ca:true")
            _run("keytool", "-genkeypair", *common, *key, *names)
            part = shown.with_suffix(".part")
            _run("keytool", "-exportcert", "-rfc", *common, "-file", str(part))
            part.rename(shown)
    return store, shown


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=600
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{command[0]} took longer than {error.timeout:.0f} s") from None
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {done.stdout.strip()[-400:]}")
