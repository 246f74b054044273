"""One signed S3 request over the standard library: enough to make a bucket and to prove a PUT.

The application's own S3 client lives in `sae.storage`; this one only knows the embedded server, so
that starting it depends on nothing above.
"""

import hashlib
import hmac
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class S3Answer:
    """Status, headers in lower case, and the first 64 KiB of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


def send_request(
    endpoint: str,
    method: str,
    path: str,
    *,
    access_key: str,
    secret_key: str,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    timeout: float = 10.0,
) -> S3Answer:
    """Send it with an AWS Signature Version 4. Raises `OSError` when nothing answers.

    `path` begins with the bucket: `/bucket/key`.
    """
    parts = urlsplit(endpoint)
    moment = datetime.now(UTC)
    stamp, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    body_digest = hashlib.sha256(body).hexdigest()
    signed = {
        **{name.lower(): value for name, value in (headers or {}).items()},
        "host": parts.netloc,
        "x-amz-content-sha256": body_digest,
        "x-amz-date": stamp,
    }
    names = ";".join(sorted(signed))
    query_text = urlencode(sorted((query or {}).items()), quote_via=quote)
    canonical = "\n".join(
        [
            method,
            quote(path),
            query_text,
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            names,
            body_digest,
        ]
    )
    scope = f"{day}/{_REGION}/s3/aws4_request"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = f"AWS4{secret_key}".encode()
    for part in (day, _REGION, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        target = quote(path) + (f"?{query_text}" if query_text else "")
        connection.request(method, target, body=body, headers=signed)
        answer = connection.getresponse()
        return S3Answer(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.getheaders()},
            body=answer.read(65536),
        )
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()
