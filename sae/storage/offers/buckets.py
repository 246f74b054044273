"""Control plane of an S3 offer: bucket, versioning, Object Lock. Bytes never pass here (see s3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sae.storage.offers.errors import OfferRefused, OfferUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CONNECT_SECONDS = 3
ANSWER_SECONDS = 15

_ABSENT = {"404", "NoSuchBucket", "NotFound"}
_REFUSED = {
    "401",
    "403",
    "AccessDenied",
    "AllAccessDisabled",
    "BucketAlreadyExists",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
}
_NO_LOCK = {"ObjectLockConfigurationNotFoundError", "NotImplemented", "404", "InvalidRequest"}


def s3_client(*, endpoint: str, access_key: str, secret_key: str, region: str) -> S3Client:
    """A boto3 client with path addressing (what every S3 server answers to) and short time-outs.

    A session of its own each time: boto3's default session is not safe between threads.
    """
    session = boto3.session.Session()
    return session.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=region,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 2},
            s3={"addressing_style": "path"},
            # Servers other than Amazon's stumble on the checksums that boto3 adds unasked.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def ensure_bucket(
    *,
    endpoint: str,
    bucket: str,
    access_key: str,
    secret_key: str,
    region: str = "us-east-1",
    object_lock: bool = True,
) -> None:
    """Make the bucket unless it exists, versioned, with Object Lock available.

    No default retention is set: what may be eliminated is decided by the fonds, object by object,
    never by the bucket. May be called at every start. An existing bucket made without Object Lock
    is kept as it is (S3 only grants it at creation) and versioning is switched on.

    Raises OfferUnavailable (server down: try again) or OfferRefused (credentials, name taken).
    """
    client = s3_client(
        endpoint=endpoint, access_key=access_key, secret_key=secret_key, region=region
    )
    try:
        if not _bucket_exists(client, bucket):
            _create_bucket(client, bucket, region, object_lock)
        if client.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            client.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
    except (ClientError, BotoCoreError) as error:
        raise classified(error, offer=bucket) from error


def has_object_lock(client: S3Client, bucket: str) -> bool:
    """True when the bucket accepts retention and legal holds on its objects."""
    try:
        answer = client.get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        if _code(error) in _NO_LOCK:
            return False
        raise classified(error, offer=bucket) from error
    except BotoCoreError as error:
        raise classified(error, offer=bucket) from error
    return answer["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"


def retain_until(
    client: S3Client, *, bucket: str, key: str, until: datetime, version: str | None = None
) -> None:
    """Forbid the deletion of one version before a date (COMPLIANCE: to the bucket's owner too).

    Raises OfferUnavailable, OfferRefused (no Object Lock on this bucket, or no right to it).
    """
    where = {"VersionId": version} if version else {}
    try:
        client.put_object_retention(
            Bucket=bucket,
            Key=key,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
            **where,  # type: ignore[arg-type]
        )
    except (ClientError, BotoCoreError) as error:
        raise classified(error, offer=bucket) from error


def _bucket_exists(client: S3Client, bucket: str) -> bool:
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if _code(error) in _ABSENT:
            return False
        raise
    return True


def _create_bucket(client: S3Client, bucket: str, region: str, object_lock: bool) -> None:
    # Amazon refuses its own default region as an explicit constraint, and wants any other.
    place = {}
    if region != "us-east-1":
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        client.create_bucket(
            Bucket=bucket,
            ObjectLockEnabledForBucket=object_lock,
            **place,  # type: ignore[arg-type]
        )
    except ClientError as error:
        # Two processes starting together: the other one made it first.
        if _code(error) != "BucketAlreadyOwnedByYou":
            raise


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def classified(error: Exception, *, offer: str) -> OfferRefused | OfferUnavailable:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if _code(error) in _REFUSED or status in {401, 403}:
            return OfferRefused(offer, str(error))
    return OfferUnavailable(offer, str(error))
