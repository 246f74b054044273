"""An offer on any S3 server. Bytes go through obstore, the rest through boto3 (see buckets).

What was measured on SeaweedFS 4.48, and holds on S3 in general: the answer to PUT and HEAD and
each line of a listing carry the ETag, which is the MD5 of an object sent in one piece, and the MD5
of the parts' MD5s followed by their number for a multipart upload. `x-amz-checksum-*` headers
come back only if the client asked for them when it sent the object, obstore does not show them,
and older servers ignore them: hence the ETag, with a whole read-back wherever it is no MD5.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

import obstore
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from sae.storage.offers import buckets
from sae.storage.offers.base import Listed, OfferState, Reported, check_key
from sae.storage.offers.errors import (
    CorruptCopy,
    ObjectExists,
    ObjectMissing,
    OfferError,
    OfferFull,
    OfferRefused,
    OfferUnavailable,
)

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_PARTS_IN_FLIGHT = 2  # per offer: four parts gained 5 % on loopback for twice the memory
_LIST_PAGE = 1_000
_FULL = re.compile(r"\b507\b|no space left|insufficient.?storage|storage.?full|quota", re.I)
_REFUSED = re.compile(r"status code: 40[13]\b")  # a listing has no exception of its own for it
_MD5 = re.compile(r"[0-9a-f]{32}")
_MD5_PARTS = re.compile(r"[0-9a-f]{32}-\d+")


@dataclass(frozen=True)
class S3Offer:
    """One bucket of one server.

    `conditional_put` says that the server honours `If-None-Match: *` (Amazon, SeaweedFS, MinIO,
    Ceph since Reef); without it each write looks first. `timeout_seconds` bounds one request,
    which carries one part at most.
    """

    id: str
    label: str
    endpoint: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
    conditional_put: bool = True
    timeout_seconds: int = 60

    reports_on_put = False

    @property
    def location(self) -> str:
        return f"{self.endpoint.rstrip('/')}/{self.bucket}"

    @property
    def _store(self) -> S3Store:
        _Runtime.enter()
        return self._made_store

    @cached_property
    def _made_store(self) -> S3Store:
        return S3Store(
            self.bucket,
            endpoint=self.endpoint,
            region=self.region,
            access_key_id=self.access_key,
            secret_access_key=self.secret_key,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": self.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=buckets.CONNECT_SECONDS),
                "timeout": timedelta(seconds=self.timeout_seconds),
            },
            retry_config={
                "max_retries": 2,
                "retry_timeout": timedelta(seconds=self.timeout_seconds),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=2),
                    "base": 2,
                },
            },
        )

    @cached_property
    def _client(self) -> S3Client:
        return buckets.s3_client(
            endpoint=self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            region=self.region,
        )

    def prepare(self) -> None:
        try:
            buckets.ensure_bucket(
                endpoint=self.endpoint,
                bucket=self.bucket,
                access_key=self.access_key,
                secret_key=self.secret_key,
                region=self.region,
            )
        except OfferError as error:
            raise type(error)(self.id, error.detail) from error

    def put_bytes(self, key: str, data: bytes) -> Reported:
        check_key(key)
        if not self.conditional_put:
            self._refuse_taken(key)
        try:
            answer = obstore.put(
                self._store,
                key,
                data,
                mode="create" if self.conditional_put else "overwrite",
                use_multipart=False,
            )
        except (BaseError, OSError) as error:
            self._raise(error, key, writing=True)
        return Reported(len(data), _digest(answer["e_tag"]), answer["version"] or "")

    def put_parts(self, key: str, parts: Iterator[bytes], *, part_size: int) -> Reported:
        check_key(key)
        # obstore has no condition on completing a multipart upload. Looking first is enough: one
        # worker at a time holds an operation, and a fenced-off one would send the same bytes.
        self._refuse_taken(key)
        try:
            obstore.put(
                self._store,
                key,
                parts,
                use_multipart=True,
                chunk_size=part_size,
                max_concurrency=_PARTS_IN_FLIGHT,
            )
        except (BaseError, OSError) as error:
            self._raise(error, key, writing=True)
        return self.head(key)

    def abandon(self, key: str) -> None:
        try:
            answer = self._client.list_multipart_uploads(Bucket=self.bucket, Prefix=key)
            for upload in answer.get("Uploads", []):
                if upload["Key"] == key:
                    self._client.abort_multipart_upload(
                        Bucket=self.bucket, Key=key, UploadId=upload["UploadId"]
                    )
        except (ClientError, BotoCoreError) as error:
            raise buckets.classified(error, offer=self.id) from error

    def head(self, key: str) -> Reported:
        try:
            meta = obstore.head(self._store, check_key(key))
        except (BaseError, OSError) as error:
            self._raise(error, key)
        return Reported(meta["size"], _digest(meta["e_tag"]), meta["version"] or "")

    def size(self, key: str) -> int:
        return self.head(key).size

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        check_key(key)
        if length == 0:
            self.head(key)
            return b""
        try:
            data = obstore.get_range(self._store, key, start=offset, length=length).to_bytes()
        except (BaseError, OSError) as error:
            # A range past the end is an error like any other to obstore: ask for the size.
            if "range" in str(error).lower() and self.head(key).size < offset + length:
                raise CorruptCopy(self.id, f"{key}: shorter than it was") from error
            self._raise(error, key)
        if len(data) != length:
            raise CorruptCopy(self.id, f"{key}: {len(data)} bytes instead of {length}")
        return data

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        stream = obstore.list(
            self._store, prefix.rstrip("/"), offset=after or None, chunk_size=_LIST_PAGE
        )
        try:
            for page in stream:
                for meta in page:
                    # SeaweedFS keeps a versioned "a" as "a.versions", after "a.b" in its order.
                    if meta["path"] <= after:
                        continue
                    reported = Reported(meta["size"], _digest(meta["e_tag"]), meta["version"] or "")
                    yield Listed(meta["path"], reported)
        except (BaseError, OSError) as error:
            self._raise(error, prefix)

    def delete(self, key: str) -> None:
        """In a versioned bucket a plain DELETE hides the bytes and keeps them: name each version.

        Elimination must destroy: the marker, too, goes, and what remains is said.
        """
        check_key(key)
        try:
            for page in self._client.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=key
            ):
                for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    if version["Key"] == key:
                        self._client.delete_object(
                            Bucket=self.bucket, Key=key, VersionId=version["VersionId"]
                        )
            self.abandon(key)
        except (ClientError, BotoCoreError) as error:
            raise buckets.classified(error, offer=self.id) from error
        try:
            self.head(key)
        except ObjectMissing:
            return
        raise OfferRefused(self.id, f"{key}: still there after its deletion")

    def probe(self) -> OfferState:
        """Through boto3 alone: system checks call this in a process that forks afterwards."""
        try:
            self._client.head_bucket(Bucket=self.bucket)
            lock = buckets.has_object_lock(self._client, self.bucket)
        except (ClientError, BotoCoreError) as error:
            return OfferState(self.id, False, message=str(error))
        except OfferError as error:
            return OfferState(self.id, False, message=error.detail)
        return OfferState(self.id, True, object_lock=lock)

    def _refuse_taken(self, key: str) -> None:
        try:
            self.head(key)
        except ObjectMissing:
            return
        raise ObjectExists(self.id, f"{key}: already there")

    def _raise(self, error: Exception, key: str, *, writing: bool = False) -> NoReturn:
        """Turn an obstore error into ours. Exceptions of the caller's own iterator pass as is."""
        detail = str(error).split("\n", 1)[0][:500]
        if isinstance(error, AlreadyExistsError | PreconditionError):
            raise ObjectExists(self.id, f"{key}: already there") from error
        if isinstance(error, FileNotFoundError):
            # A missing bucket and a missing object give the same 404.
            if writing or not self.probe().available:
                raise OfferUnavailable(self.id, f"bucket {self.bucket} not found") from error
            raise ObjectMissing(self.id, f"{key}: not found") from error
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            raise OfferRefused(self.id, detail) from error
        if isinstance(error, BaseError):
            if _REFUSED.search(str(error)):
                raise OfferRefused(self.id, detail) from error
            if _FULL.search(str(error)):
                raise OfferFull(self.id, detail) from error
            raise OfferUnavailable(self.id, detail) from error
        if isinstance(error, TimeoutError | ConnectionError):
            raise OfferUnavailable(self.id, detail) from error
        raise error


class _Runtime:
    """obstore's threads do not survive a fork: in the child, its first call waits for ever.

    Workers fork before they touch bytes, and the parent's checks go through boto3; should anybody
    do otherwise, an error is better than the silence.
    """

    used = False
    lost = False

    @classmethod
    def enter(cls) -> None:
        if cls.lost:
            raise RuntimeError("this process was forked from one that had already moved bytes")
        cls.used = True

    @classmethod
    def after_fork(cls) -> None:
        cls.lost = cls.used


os.register_at_fork(after_in_child=_Runtime.after_fork)


def _digest(e_tag: str | None) -> str:
    bare = (e_tag or "").strip('"').lower()
    if _MD5.fullmatch(bare):
        return f"md5:{bare}"
    if _MD5_PARTS.fullmatch(bare):
        return f"md5-parts:{bare}"
    return f"opaque:{bare}"
