"""What a notice looks like on its way out: Standard Webhooks, signed so that nobody can make one up.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson

from logistics.recorded import Recorded
from logistics.web.event_answer import event_answer

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # What a secret begins with; it opens nothing.
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A new secret as subscribers know it: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def notice_id(subscription: str, position: int) -> str:
    """The id of a notice: the same for every attempt, so that a repeat can be told."""
    return f"msg_{subscription}_{position}"


def notice_body(recorded: Recorded) -> bytes:
    """Tell an event to subscribers, in the shape that the feed tells it in."""
    answer = event_answer(recorded).model_dump(mode="json")
    return orjson.dumps(
        {"type": answer["name"], "timestamp": answer["occurred_at"], "data": answer}
    )


def signed_headers(
    texts: Sequence[str], notice: str, sent_at: datetime, body: bytes
) -> dict[str, str]:
    """The headers of a notice; every secret that is valid signs, newest first."""
    timestamp = str(int(sent_at.timestamp()))
    content = b".".join([notice.encode(), timestamp.encode(), body])
    return {
        "Content-Type": "application/json",
        "webhook-id": notice,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(text, content) for text in texts),
    }


def _signature(text: str, content: bytes) -> str:
    key = base64.b64decode(text.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
