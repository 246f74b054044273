from tests.tenants.coffre import coffre

__all__ = ["coffre"]
