"""The fonds: archive units, object groups, data objects, accession register, rules in force."""

from sae.holdings.models.mass import MassBatch, MassOperation, PendingMetadata
from sae.holdings.models.objects import DataObject, ObjectGroup
from sae.holdings.models.register import AccessionRegisterDetail
from sae.holdings.models.rules import RulesResult, RulesUpdate, UnitRules
from sae.holdings.models.units import ROOT, ArchiveUnit, UnitEdge

__all__ = [
    "ROOT",
    "AccessionRegisterDetail",
    "ArchiveUnit",
    "DataObject",
    "MassBatch",
    "MassOperation",
    "ObjectGroup",
    "PendingMetadata",
    "RulesResult",
    "RulesUpdate",
    "UnitEdge",
    "UnitRules",
]
