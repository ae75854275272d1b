"""One signed delivery to one receiver with retries, as Standard Webhooks has it.

`webhook-id` names the alert and is the same in every attempt, `webhook-timestamp` is the second of the attempt, and
`webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over id.timestamp.body (https://www.standardwebhooks.com).
"""

import base64
import binascii
from dataclasses import dataclass

import requests
import urllib3
from standardwebhooks import Webhook as Signer

from data import calendar
from data.ingest.http_errors import describe_failure
from data.ingest.http_session import AGENT, RETRIED, retry_policy
from data.settings import Settings, from_environment
from serving.alerts.rules import Webhook
from serving.alerts.ssrf_guard import PrivateAddressError

LONGEST_WAIT = 30
"""Seconds; a receiver with a longer `Retry-After` waits for the next run, as publishing waits for deliveries."""
SHORTEST_SECRET = 24
"""Bytes, as Standard Webhooks asks for."""


@dataclass(frozen=True)
class DeliveryResult:
    """Outcome of a delivery: delivered, failed or expired, with the HTTP status and the reason, without secrets."""

    outcome: str
    status: int
    detail: str


def secret_of(hook: Webhook, settings: Settings) -> str:
    """Return a receiver's secret.

    Raises:
        ValueError: The environment variable is not set or too short; the message names it.
    """
    name = hook.secret_env or "CHOKEPOINT_WEBHOOK_SECRET"
    secret = from_environment(hook.secret_env) if hook.secret_env else settings.webhook_secret.get_secret_value()
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) < SHORTEST_SECRET:
        raise ValueError(f"{name} is not set to a secret: give `openssl rand -base64 32`, and the receiver the same")
    return secret


def send(client: requests.Session, hook: Webhook, identifier: str, body: bytes, settings: Settings) -> DeliveryResult:
    """Deliver a body, with retries; redirects are not followed.

    Each attempt is signed anew, as receivers refuse old timestamps.

    Args:
        client: Session of `ssrf_guard.delivery_session`.
        hook: The receiver.
        identifier: Id of the alert, by which receivers drop duplicates.
        body: JSON to deliver.
        settings: Timeouts, retries and the default secret.
    """
    try:
        signer = Signer(secret_of(hook, settings))
        policy = retry_policy(settings)
        while True:
            status, detail, wait = _once(client, hook, signer, identifier, body, settings.fetch_timeout)
            if 200 <= status < 300:
                return DeliveryResult("delivered", status, "")
            if status not in (*RETRIED, 0) or wait > LONGEST_WAIT:
                return DeliveryResult("failed", status, detail)
            policy = policy.increment("POST", hook.url, error=urllib3.exceptions.HTTPError(detail))
            # As long as the receiver asks for, else ever longer.
            policy.sleep(urllib3.HTTPResponse(headers={"Retry-After": f"{wait:.0f}"}) if wait >= 0 else None)
    except urllib3.exceptions.MaxRetryError:
        return DeliveryResult("failed", status, detail)
    except PrivateAddressError as error:
        return DeliveryResult("failed", 0, f"{error}; CHOKEPOINT_ALERTS_ALLOW_PRIVATE=1 allows it")
    except ValueError as error:
        return DeliveryResult("failed", 0, str(error))


def _once(
    client: requests.Session, hook: Webhook, signer: Signer, identifier: str, body: bytes, seconds: float
) -> tuple[int, str, float]:
    """Return the status (0: no response), its reason, and its Retry-After in seconds (-1: none)."""
    now = calendar.now()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(msg_id=identifier, timestamp=now, data=body.decode()),
    }
    try:
        with client.post(
            hook.url, data=body, headers=headers, timeout=(seconds, seconds), allow_redirects=False, stream=True
        ) as response:
            asked = urllib3.Retry().get_retry_after(response.raw)
            detail = f"{response.status_code} {response.reason or ''}".strip()
            if response.is_redirect:
                detail += ": redirects are not followed; put the new address into the rules"
            return response.status_code, detail, -1.0 if asked is None else asked
    except requests.RequestException as error:
        return 0, describe_failure(error, seconds), -1.0
