"""Profiles, groups and their members: rows of the coffre de preuve of an organisation.

A profile is a set of permissions in one coffre, with what of that coffre they apply to; a group
carries profiles, of several coffres if need be; an account has the rights of its groups, between
two moments. Coffres and accounts belong to no coffre: rows name them by identifier.
"""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantForeignKey, TenantModel

LEVEL = r"^(?:[A-Z0-9]+(?:\.[A-Z0-9]+)*)?\Z"
"""A dotted path in capitals and digits; empty is the root of the organisation."""

_level = RegexValidator(
    LEVEL, _("Un niveau s’écrit en capitales et en chiffres, séparés par des points : A.1.")
)


class Profile(TenantModel):
    """What may be done in one coffre, and on which of its archives.

    ``ready`` is the key of the ready profile it was made from, empty when composed by hand.
    Without ``sees_everything``, only what its access contracts let through is seen: nothing when
    there is none. ``deposit_reach`` says which deposits are followed and, when they are chosen by
    ingest contract or originating agency, which may be made (see ``tenants.rights.deposits``).
    """

    class DepositReach(models.TextChoices):
        EVERY = "every", _("tous les versements du coffre")
        CHOSEN = "chosen", _("ceux de contrats ou de services choisis")
        OWN = "own", _("ses seuls versements")

    name = models.CharField(_("nom"), max_length=150)
    description = models.TextField(_("description"), blank=True, default="")
    coffre_id = models.UUIDField(_("coffre"))
    level = models.CharField(
        _("niveau"), max_length=100, blank=True, default="", validators=[_level]
    )
    permissions = ArrayField(models.TextField(), verbose_name=_("permissions"), default=list)
    sees_everything = models.BooleanField(_("voit toutes les archives"), default=False)
    access_contracts = ArrayField(
        models.TextField(), verbose_name=_("contrats d’accès"), default=list, blank=True
    )
    deposit_reach = models.CharField(
        _("versements suivis"),
        max_length=10,
        choices=DepositReach.choices,
        default=DepositReach.OWN,
    )
    deposit_contracts = ArrayField(
        models.TextField(), verbose_name=_("contrats d’entrée"), default=list, blank=True
    )
    deposit_agencies = ArrayField(
        models.TextField(), verbose_name=_("services producteurs"), default=list, blank=True
    )
    ready = models.CharField(_("profil prêt"), max_length=40, blank=True, default="")
    # What its ready profile carried when somebody last looked: the rest is news to be offered.
    ready_seen = ArrayField(models.TextField(), default=list, blank=True)
    created_at = models.DateTimeField(_("créé le"))

    class Meta(TenantModel.Meta):
        verbose_name = _("profil")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "coffre_id", "name"], name="profile_name")
        ]

    def __str__(self) -> str:
        return self.name


class Group(TenantModel):
    """Profiles given together. Who administers it stands strictly above its ``level``.

    ``ready`` names the ready profile and the coffre that it was made for, while it is kept as is.
    """

    name = models.CharField(_("nom"), max_length=150)
    description = models.TextField(_("description"), blank=True, default="")
    level = models.CharField(
        _("niveau"), max_length=100, blank=True, default="", validators=[_level]
    )
    ready = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(_("créé le"))

    class Meta(TenantModel.Meta):
        verbose_name = _("groupe")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="group_name"),
            models.UniqueConstraint(
                fields=["tenant", "ready"], condition=~models.Q(ready=""), name="group_ready"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupProfile(TenantModel):
    """A profile carried by a group."""

    group = TenantForeignKey(Group, on_delete=models.CASCADE, related_name="carried")
    profile = TenantForeignKey(Profile, on_delete=models.PROTECT, related_name="carriers")

    class Meta(TenantModel.Meta):
        verbose_name = _("profil d’un groupe")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "group", "profile"], name="group_profile_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group} · {self.profile}"


class GroupMember(TenantModel):
    """An account in a group, for ever or until a date: a delegation and an audit have an end.

    ``given_by`` is the account that gave it, null for the platform itself. The row stays once
    over; taking it away closes it (``ends_at``), the journal tells who did.
    """

    group = TenantForeignKey(Group, on_delete=models.PROTECT, related_name="members")
    account_id = models.UUIDField(_("compte"))
    starts_at = models.DateTimeField(_("depuis le"))
    ends_at = models.DateTimeField(_("jusqu’au"), null=True, blank=True)
    given_by = models.UUIDField(_("donné par"), null=True)
    reason = models.TextField(_("motif"), blank=True, default="")
    created_at = models.DateTimeField(_("créé le"))

    class Meta(TenantModel.Meta):
        verbose_name = _("membre d’un groupe")
        indexes = [models.Index(fields=["tenant", "account_id"], name="group_member_account")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")),
                name="group_member_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} · {self.group}"


class FourEyes(TenantModel):
    """Whether an act needs a second person in this organisation: its choice, else the default."""

    action = models.CharField(_("acte"), max_length=60)
    required = models.BooleanField(_("une seconde personne doit approuver"))
    changed_at = models.DateTimeField(_("réglé le"))

    class Meta(TenantModel.Meta):
        verbose_name = _("double regard")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "action"], name="four_eyes_action")
        ]

    def __str__(self) -> str:
        return self.action
