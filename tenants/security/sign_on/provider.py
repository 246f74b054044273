"""One identity provider: what it publishes, the code it exchanges, the tokens it signs."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.utils.translation import gettext as _

from tenants.models.security import SignOn
from tenants.security.sealing import unseal
from tenants.security.sign_on.outside import OutsideError, fetch, fetch_json

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures by a key of the provider; never ``none``, never a secret that we share."""
LEEWAY = 60
OLDEST = 600
"""Seconds: clocks may differ by the first, a token may not be older than the second."""
SECRET_PURPOSE = "sign-on"  # noqa: S105


class TokenRefusedError(Exception):
    """What was received does not prove who enters; ``reason`` is a code for the journal."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider publishes of itself (OpenID Connect Discovery 1.0 §3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    basic: bool = True


def discover(issuer: str) -> Metadata:
    """Read what the provider publishes; raise ``OutsideError`` when something is not right."""
    found = fetch_json(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise OutsideError(_("Le fournisseur se nomme autrement : « %s ».") % found.get("issuer"))
    try:
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Metadata(
            issuer=found["issuer"],
            authorization_endpoint=found["authorization_endpoint"],
            token_endpoint=found["token_endpoint"],
            jwks_uri=found["jwks_uri"],
            userinfo_endpoint=found.get("userinfo_endpoint", ""),
            end_session_endpoint=found.get("end_session_endpoint", ""),
            basic="client_secret_post" not in methods,
        )
    except KeyError as missing:
        raise OutsideError(_("Le fournisseur ne publie pas %s.") % missing) from missing


def authorization_url(
    metadata: Metadata, sign_on: SignOn, *, state: str, nonce: str, verifier: str, back: str
) -> str:
    """Return where the browser goes to be recognised (PKCE, RFC 7636, S256)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    asked = {
        "response_type": "code",
        "client_id": sign_on.client_id,
        "redirect_uri": back,
        "scope": sign_on.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    return metadata.authorization_endpoint + joint + urlencode(asked)


def exchange(
    metadata: Metadata, sign_on: SignOn, *, code: str, verifier: str, back: str
) -> dict[str, Any]:
    """Exchange the code of the browser for tokens, from server to server."""
    secret = unseal(sign_on.secret_sealed, purpose=SECRET_PURPOSE)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    if metadata.basic:
        pair = f"{quote(sign_on.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form |= {"client_id": sign_on.client_id, "client_secret": secret}
    return fetch_json(
        metadata.token_endpoint, method="POST", body=urlencode(form).encode(), headers=headers
    )


def read_identity(
    metadata: Metadata, sign_on: SignOn, tokens: dict[str, Any], *, nonce: str
) -> dict[str, Any]:
    """Return what the provider says of who enters (checks of OpenID Connect Core §3.1.3.7).

    Raises ``TokenRefusedError`` naming the first that fails.
    """
    claims = _checked(metadata, sign_on, str(tokens.get("id_token", "")))
    if not nonce or claims.get("nonce") != nonce:
        raise TokenRefusedError("nonce")
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != sign_on.client_id:
        raise TokenRefusedError("azp")
    if time.time() - claims["iat"] > OLDEST:
        raise TokenRefusedError("age")
    if metadata.userinfo_endpoint and tokens.get("access_token"):
        claims = {**_user_info(metadata, sign_on, str(tokens["access_token"])), **claims}
    return claims


def _user_info(metadata: Metadata, sign_on: SignOn, access_token: str) -> dict[str, Any]:
    """Return the user information, plain or signed (ProConnect signs it)."""
    kind, found = fetch(
        metadata.userinfo_endpoint,
        headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
    )
    if kind == "application/jwt":
        return _checked(metadata, sign_on, found.decode("ascii", "replace"), is_token=False)
    try:
        document = json.loads(found)
    except ValueError as error:
        raise TokenRefusedError("userinfo") from error
    return document if isinstance(document, dict) else {}


def _checked(
    metadata: Metadata, sign_on: SignOn, token: str, *, is_token: bool = True
) -> dict[str, Any]:
    required = ["iss", "aud", "exp", "iat", "sub"] if is_token else ["iss", "aud", "sub"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(metadata, token),
            algorithms=ALGORITHMS,
            audience=sign_on.client_id,
            issuer=metadata.issuer,
            leeway=LEEWAY,
            options={"require": required},
        )
    except jwt.InvalidAudienceError as error:
        raise TokenRefusedError("audience") from error
    except jwt.InvalidIssuerError as error:
        raise TokenRefusedError("issuer") from error
    except jwt.ExpiredSignatureError as error:
        raise TokenRefusedError("expired") from error
    except jwt.InvalidTokenError as error:
        raise TokenRefusedError("signature") from error
    return claims


def _key(metadata: Metadata, token: str) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise TokenRefusedError("algorithm")
    keys = jwt.PyJWKSet.from_dict(fetch_json(metadata.jwks_uri)).keys
    wanted = header.get("kid")
    found = [
        one for one in keys if wanted in (None, one.key_id) and one.public_key_use in (None, "sig")
    ]
    if len(found) != 1:
        raise TokenRefusedError("key")
    return found[0]
