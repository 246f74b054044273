"""Exit 0 when the web of this container answers 200 on /sante/, else 1 with the reason."""

import http.client
import os
import sys


def reason() -> str | None:
    """Why it is not healthy; None when it is."""
    host = os.environ.get("SAE_ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ.get("SAE_PORT", "8000")), timeout=5
    )
    # As the proxy in front would ask: an allowed host, over TLS.
    headers = {"Host": host.lstrip("."), "X-Forwarded-Proto": "https"}
    try:
        connection.request("GET", "/sante/", headers=headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    return None if status == 200 else f"HTTP {status}"


if __name__ == "__main__":
    sys.exit(reason())
