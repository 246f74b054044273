from tests.tenants.accounts.mailbox import mailbox

__all__ = ["mailbox"]
