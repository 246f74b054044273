"""A real SMTP server of this process, and the mails that it took."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from sae.jobs.claim import Claim
from sae.jobs.models import Job
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.accounts.invitations import JOB_KIND, send_link


@dataclass
class Mailbox:
    """What the server took; ``refuses`` makes it answer that it is busy."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuses: bool = False

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return "451 Busy"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"

    def link(self, place: int = -1) -> str:
        """Return the address that a mail carries, as its reader copies it."""
        body: Any = self.mails[place]
        text = body.get_body(("plain",)).get_content()
        found = re.search(r"https?://\S+", text)
        assert found, text
        return found[0]


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A server that listens on a free port, named by the settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Mailbox(port)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{box.port}"
    settings.EMAIL_FROM = "SAE <sae@exemple.fr>"
    yield box
    controller.stop()


def deliver(proof: Tenant) -> int:
    """Do the jobs that send mails, as a worker would, in this transaction; return how many."""
    with tenant_scope(proof.id):
        jobs = list(Job.objects.filter(kind=JOB_KIND, state="queued").order_by("queued_at"))
    for job in jobs:
        with tenant_scope(proof.id):
            Job.objects.filter(id=job.id).update(state="claimed", token=job.token + 1)
        claim = Claim(job.id, proof.id, job.kind, job.subject_id, job.cluster, job.token + 1)
        send_link(claim)
        with tenant_scope(proof.id):
            Job.objects.filter(id=job.id).update(state="done")
    return len(jobs)
