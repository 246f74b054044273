"""How people sign in. Each entry, exit and change of password is told in their coffre de preuve."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.services.organisations import proof_of


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are created by administrators: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        tell(user, "ACCOUNT_SIGN_IN")
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, Account):
            tell(user, "ACCOUNT_SIGN_OUT")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords by account *and* address: guesses lock nobody else out."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"

    def set_password(self, user: Account, password: str) -> None:
        super().set_password(user, password)
        tell(user, "ACCOUNT_PASSWORD_CHANGE")


def tell(account: Account, code: str) -> None:
    """Write an act of an account on itself in the journal of its organisation."""
    with tenant_scope(proof_of(account.organisation).id):
        operation = open_operation(
            type=code, category="UPDATE", agent_id=account.id, detail={"account": str(account.id)}
        )
        close_operation(operation=operation, outcome=Outcome.OK)
