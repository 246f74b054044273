"""Builders shared by the tests of every room."""

from tests.builders.large_sip import large_manifest, write_large_sip
from tests.builders.sip import SipBuilder

__all__ = ["SipBuilder", "large_manifest", "write_large_sip"]
