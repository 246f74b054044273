"""Who: accounts and their places; what organisations agreed on: contracts and referentials."""

from tenants.models.accounts import Account, ApiToken, Membership

__all__ = ["Account", "ApiToken", "Membership"]
