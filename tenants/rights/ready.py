"""Ready profiles: what most organisations need, to start from and to come back to."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant
from tenants.models.rights import Profile
from tenants.permissions import TABLE, Permission, Reach, Room

ADMINISTRATION = "GESTION"
SERVICES = "GESTION.SERVICES"
"""Proposed levels: managers of accounts stand below administrators, services below managers."""


@dataclass(frozen=True, slots=True)
class ReadyProfile:
    """A set of permissions under the name of a job.

    ``level``: the level proposed for its group. ``sees_everything``: whether it is born seeing all
    the archives of its coffre (without the permission to consult them, an auditor still follows the
    life of any of them), or only what contracts chosen for it let through. ``months``: how
    long a membership lasts unless said otherwise, ``None`` without end. ``of_platform``: for the
    operator of the platform alone.
    """

    key: str
    label: str | Promise
    explanation: str | Promise
    permissions: frozenset[Permission]
    level: str = ""
    sees_everything: bool = False
    months: int | None = None
    of_platform: bool = False

    @property
    def deposit_reach(self) -> str:
        """The deposits it is born following: all with all archives, else one's own alone."""
        reach = Profile.DepositReach
        return reach.EVERY if self.sees_everything else reach.OWN

    def permissions_in(self, coffre: Tenant) -> frozenset[Permission]:
        """Return what the profile carries in a coffre: acts on the organisation in its proof."""
        return frozenset(one for one in self.permissions if applies_in(one, coffre))


def applies_in(permission: Permission, coffre: Tenant) -> bool:
    """Tell whether a permission means something in a coffre (see ``Reach``)."""
    reach = TABLE[permission].reach
    if reach is Reach.COFFRE:
        return True
    if coffre.kind != Tenant.Kind.PROOF:
        return False
    return reach is Reach.ORGANISATION or coffre.organisation.is_platform


def _of(*rooms: Room) -> frozenset[Permission]:
    return frozenset(one for one, entry in TABLE.items() if entry.room in rooms)


_WATCH = frozenset({Permission.DEPOSIT_VIEW, Permission.JOURNAL_VIEW, Permission.PLATFORM_VIEW})

_READY = (
    ReadyProfile(
        "administrator",
        _("administrateur"),
        _("Règle l’organisation, ses comptes et ses droits ; ne consulte pas les archives."),
        _WATCH
        | {
            Permission.DEPOSIT_CANCEL_APPROVE,
            Permission.APPLICATION_MANAGE,
            Permission.JOURNAL_WRITE,
        }
        | _of(Room.REFERENTIALS, Room.ACCOUNTS, Room.RIGHTS, Room.ORGANISATION),
        sees_everything=True,
    ),
    ReadyProfile(
        "head_archivist",
        _("archiviste administrateur"),
        _("Tout ce qui touche aux archives d’un coffre : versement, description, règles, gel."),
        _WATCH
        | _of(Room.DEPOSIT, Room.CONSULT, Room.DESCRIBE)
        | {
            Permission.REFERENTIAL_VIEW,
            Permission.REFERENTIAL_EDIT,
            Permission.REFERENTIAL_IMPORT,
            Permission.JOURNAL_WRITE,
        },
        level=SERVICES,
        sees_everything=True,
    ),
    ReadyProfile(
        "archivist",
        _("archiviste"),
        _("Verse, décrit et classe ; ne touche ni aux règles, ni au gel, ni aux référentiels."),
        frozenset(
            {
                Permission.DEPOSIT_CREATE,
                Permission.DEPOSIT_VIEW,
                Permission.DEPOSIT_RESUME,
                Permission.HOLDINGS_VIEW,
                Permission.OBJECT_DOWNLOAD,
                Permission.UNIT_EDIT,
                Permission.UNIT_MOVE,
                Permission.REFERENTIAL_VIEW,
                Permission.JOURNAL_VIEW,
            }
        ),
        level=SERVICES,
        sees_everything=True,
    ),
    ReadyProfile(
        "depositor",
        _("service versant"),
        _("Dépose ses paquets, suit ses versements, retrouve les archives de ses contrats."),
        frozenset(
            {
                Permission.DEPOSIT_CREATE,
                Permission.DEPOSIT_VIEW,
                Permission.HOLDINGS_VIEW,
                Permission.OBJECT_DOWNLOAD,
                Permission.REFERENTIAL_VIEW,
            }
        ),
        level=SERVICES,
    ),
    ReadyProfile(
        "reader",
        _("consultation"),
        _("Cherche, lit et télécharge : toutes les archives, ou celles des contrats choisis."),
        frozenset({Permission.HOLDINGS_VIEW, Permission.OBJECT_DOWNLOAD}),
        level=SERVICES,
        sees_everything=True,
    ),
    ReadyProfile(
        "coffre_administrator",
        _("administrateur de coffre"),
        _("Tient les référentiels, les contrats et les applications d’un coffre."),
        _WATCH
        | _of(Room.REFERENTIALS, Room.APPLICATIONS)
        | {
            Permission.DEPOSIT_RESUME,
            Permission.DEPOSIT_CANCEL_APPROVE,
            Permission.JOURNAL_WRITE,
        },
        level=ADMINISTRATION,
        sees_everything=True,
    ),
    ReadyProfile(
        "user_manager",
        _("gestionnaire des utilisateurs"),
        _("Crée les comptes, les place dans les groupes sous son niveau, ferme leurs sessions."),
        frozenset(
            {
                Permission.ACCOUNT_VIEW,
                Permission.ACCOUNT_MANAGE,
                Permission.SESSION_REVOKE,
                Permission.RIGHT_VIEW,
                Permission.RIGHT_DELEGATE,
            }
        ),
        level=ADMINISTRATION,
    ),
    ReadyProfile(
        "auditor",
        _("auditeur"),
        _("Lit, vérifie et télécharge les journaux, le temps d’une mission ; ne modifie rien."),
        frozenset({Permission.JOURNAL_VIEW, Permission.PLATFORM_VIEW}),
        sees_everything=True,
        months=1,
    ),
    ReadyProfile(
        "state_control",
        _("contrôle scientifique et technique"),
        _("Lit les journaux, les référentiels et un échantillon d’archives choisi par contrat."),
        frozenset(
            {
                Permission.JOURNAL_VIEW,
                Permission.PLATFORM_VIEW,
                Permission.REFERENTIAL_VIEW,
                Permission.HOLDINGS_VIEW,
                Permission.OBJECT_DOWNLOAD,
            }
        ),
        months=1,
    ),
    ReadyProfile(
        "data_protection",
        _("délégué à la protection des données"),
        _("Suit le registre des données personnelles et qui peut voir quoi ; ne modifie rien."),
        frozenset(
            {
                Permission.PERSONAL_DATA_VIEW,
                Permission.ACCOUNT_VIEW,
                Permission.RIGHT_VIEW,
                Permission.JOURNAL_VIEW,
            }
        ),
    ),
    ReadyProfile(
        "operator",
        _("exploitant de la plateforme"),
        _("Ouvre et suspend les organisations, demande un accès de support ; n’a aucune archive."),
        frozenset(
            {Permission.PLATFORM_VIEW, Permission.PLATFORM_MANAGE, Permission.SUPPORT_REQUEST}
        ),
        of_platform=True,
    ),
)

READY: dict[str, ReadyProfile] = {one.key: one for one in _READY}
"""Every ready profile, by key, in the order of the screens."""


def ready_in(coffre: Tenant) -> list[ReadyProfile]:
    """Return the ready profiles that carry something in a coffre."""
    return [
        one
        for one in READY.values()
        if one.permissions_in(coffre) and (coffre.organisation.is_platform or not one.of_platform)
    ]
