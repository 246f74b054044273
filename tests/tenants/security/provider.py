"""A small real OpenID Connect provider, over HTTP, that lies as it is told to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "sae-essai", "secret-du-client"


@dataclass
class Provider:
    """Give it ``person`` (claims); ``lies`` change the tokens that it signs.

    ``lies`` override claims of the token; ``None`` takes one out. ``headers``, ``algorithm`` and
    ``signing_key`` change how it is signed; ``signed_userinfo`` answers as ProConnect does.
    """

    person: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    signed_userinfo: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signing_key: Any = self.key
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realms/ville"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, address: str) -> tuple[str, str]:
        """Do what the person does there: return the code and the state sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code, asked["state"]

    def token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
                  "sub": self.person["sub"], "sid": "session-du-fournisseur"}  # fmt: skip
        claims |= self.lies
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            kept, self.signing_key, algorithm=self.algorithm, headers={"kid": "k1"} | self.headers
        )

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[str, bytes, int]:
        self.calls.append(path)
        if path.endswith("/.well-known/openid-configuration"):
            base = self.issuer
            return _json({"issuer": base, "authorization_endpoint": f"{base}/auth",
                          "token_endpoint": f"{base}/token", "jwks_uri": f"{base}/certs",
                          "userinfo_endpoint": f"{base}/userinfo"} | self.metadata)  # fmt: skip
        if path.endswith("/certs"):
            known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return _json({"keys": [known | {"kid": "k1", "use": "sig", "alg": "RS256"}]})
        if path.endswith("/token"):
            return self._exchange(headers, {k: v[0] for k, v in parse_qs(body.decode()).items()})
        if path.endswith("/userinfo"):
            if self.signed_userinfo:
                signed = jwt.encode(self.person | {"iss": self.issuer, "aud": CLIENT}, self.key,
                                    algorithm="RS256", headers={"kid": "k1"})  # fmt: skip
                return "application/jwt", signed.encode(), 200
            return _json(self.person)
        return "text/plain", b"", 404

    def _exchange(self, headers: Any, form: dict[str, str]) -> tuple[str, bytes, int]:
        pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
        known = [unquote(part) for part in pair.split(":")] == [CLIENT, SECRET]
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not known or asked is None or asked["code_challenge"] != challenge:
            return "application/json", b'{"error":"invalid_grant"}', 400
        tokens = {
            "access_token": "a",
            "token_type": "Bearer",
            "id_token": self.token(asked["nonce"]),
        }
        return _json(tokens)


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        kind, content, status = self.provider.answer(self.command, self.path, self.headers, body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _json(document: dict[str, Any]) -> tuple[str, bytes, int]:
    return "application/json", json.dumps(document).encode(), 200
