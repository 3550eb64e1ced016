"""How a request says whose it is and which: by Standard Webhooks (standardwebhooks.com), and an Idempotency-Key.

The signature is the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`: none of the three can be changed, and a receiver
that looks at the time is not sent an old request once more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

PREFIX = "whsec_"
"""What a secret in the form of Standard Webhooks begins with; the rest of it is base64."""


def secret_of(text: str) -> bytes:
    """The bytes that a secret stands for. Raises `ValueError` for one that is empty or not what its prefix says."""
    found = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else text.encode()
    if not found:
        raise ValueError("the secret is empty")
    return found


def message_id(alert_id: str, revision: int) -> str:
    """What tells one message from the others: the alert's id, and behind it the revision where it is a later one, which
    the receiver must not take for the first."""
    return alert_id if revision == 1 else f"{alert_id}.{revision}"


def headers(message: str, body: bytes, secret: bytes | None, now: int) -> dict[str, str]:
    """The headers of one attempt at `now`, seconds since 1970. Without a secret it is not signed."""
    found = {
        "Content-Type": "application/json",
        "Idempotency-Key": message,
        "webhook-id": message,
        "webhook-timestamp": str(now),
    }
    if secret is not None:
        signed = hmac.new(secret, b"%b.%d.%b" % (message.encode(), now, body), hashlib.sha256).digest()
        found["webhook-signature"] = "v1," + base64.b64encode(signed).decode()
    return found
