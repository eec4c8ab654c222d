"""
The town's SMS gateway: one request over HTTP for each SMS.

`POST <SMS_GATEWAY>` with JSON `{"to", "text", "ref", "sender"}` and `Authorization: Bearer
<SMS_TOKEN>`. The gateway takes a `ref` once: a second one with the same is no second SMS.
"""

import requests

from services.portal_gateway.alerts.rules.retries_of_alerts import (
    REFUSED,
    SENT,
    UNCERTAIN,
    WAITING,
    Outcome,
)
from shared.runtime.no_waiting_in_writes import assert_not_writing
from shared.settings import SmsGateway

PATIENCE_SECONDS = 10.0
BUSY = 429


def send_sms(gateway: SmsGateway, to: str, text: str, ref: str) -> Outcome:
    """
    Send one SMS; never a second time once the gateway may have taken it.

    Only what no gateway can have taken is tried again: a connection that was never opened, or its
    own word that it is busy.
    """
    assert_not_writing()
    content = {"to": to, "text": text, "ref": ref, "sender": gateway.sender}
    headers = {"Authorization": f"Bearer {gateway.token}"}
    try:
        answer = requests.post(
            gateway.address,
            json=content,
            headers=headers,
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
        )
    except requests.ConnectTimeout:
        return Outcome(WAITING, "connection")
    except requests.ConnectionError as error:
        never_opened = "NewConnectionError" in repr(error)
        return Outcome(WAITING if never_opened else UNCERTAIN, "connection")
    except requests.RequestException:
        return Outcome(UNCERTAIN, "connection")
    if answer.status_code in (BUSY, 503):
        return Outcome(WAITING, str(answer.status_code))
    if answer.status_code >= 500:
        return Outcome(UNCERTAIN, str(answer.status_code))
    return Outcome(SENT if answer.status_code < 300 else REFUSED, str(answer.status_code))
