"""A link used by several requests at once: committed, as other processes see it."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from tenants.accounts.invitations import reset_account
from tenants.accounts.telling import Actor
from tests.builders.people import Cast
from tests.tenants.accounts.test_links import SITE, choose


def test_two_who_use_a_link_at_once_use_it_once(committed_cast: Cast) -> None:
    cast = committed_cast
    address = reset_account(
        account=cast.basile, actor=Actor(cast.administrator_a), site=SITE
    ).address
    passwords = [f"une-phrase-de-passe-{number}" for number in range(4)]
    start = threading.Barrier(len(passwords))

    def use(password: str) -> int:
        start.wait()
        try:
            status: int = choose(address, password).status_code
            return status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(passwords)) as pool:
        statuses = list(pool.map(use, passwords))
    assert sorted(statuses) == [302, 410, 410, 410]
    cast.basile.refresh_from_db()
    assert cast.basile.check_password(passwords[statuses.index(302)])
