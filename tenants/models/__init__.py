"""Who: accounts and their places; what organisations agreed on: contracts and referentials."""

from tenants.models.account_records import AccountImport, AccountLink
from tenants.models.accounts import Account, ApiToken
from tenants.models.organisations import OrganisationSettings, SettingsChange, SupportAccess
from tenants.models.proposals import Proposal
from tenants.models.referentials import (
    Agency,
    FileFormat,
    FormatRelease,
    IdentifierSequence,
    ManagementRule,
    OntologyTerm,
    Referential,
    ReferentialImport,
)
from tenants.models.referentials_contracts import (
    AccessContract,
    Context,
    Contract,
    IngestContract,
    ManagementContract,
    SecurityProfile,
    Status,
)
from tenants.models.referentials_history import ReferentialDraft, ReferentialVersion
from tenants.models.referentials_profiles import (
    ArchiveProfile,
    ArchiveUnitProfile,
    Griffin,
    PreservationScenario,
    ProfileFile,
    SchemaElement,
)
from tenants.models.rights import FourEyes, Group, GroupMember, GroupProfile, Profile
from tenants.models.security import (
    AccountSecurity,
    AccountSession,
    SignOn,
    SignOnDomain,
    SignOnIdentity,
)

__all__ = [
    "AccessContract",
    "Account",
    "AccountImport",
    "AccountLink",
    "AccountSecurity",
    "AccountSession",
    "Agency",
    "ApiToken",
    "ArchiveProfile",
    "ArchiveUnitProfile",
    "Context",
    "Contract",
    "FileFormat",
    "FormatRelease",
    "FourEyes",
    "Griffin",
    "Group",
    "GroupMember",
    "GroupProfile",
    "IdentifierSequence",
    "IngestContract",
    "ManagementContract",
    "ManagementRule",
    "OntologyTerm",
    "OrganisationSettings",
    "PreservationScenario",
    "Profile",
    "ProfileFile",
    "Proposal",
    "Referential",
    "ReferentialDraft",
    "ReferentialImport",
    "ReferentialVersion",
    "SchemaElement",
    "SecurityProfile",
    "SettingsChange",
    "SignOn",
    "SignOnDomain",
    "SignOnIdentity",
    "Status",
    "SupportAccess",
]
