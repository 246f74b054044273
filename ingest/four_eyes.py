"""Acts of this room that an organisation may want approved by a second person."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ingest.services.cancelling import FOUR_EYES
from tenants.permissions import Permission
from tenants.rights.four_eyes import Action

CANCELLATION = Action(
    key=FOUR_EYES,
    label=_("annuler un versement"),
    explanation=_("Ce que le versement a apporté quitte le fonds une fois le délai passé."),
    default=lambda: bool(settings.CANCELLATION_FOUR_EYES),
    asking=Permission.DEPOSIT_CANCEL,
    approving=Permission.DEPOSIT_CANCEL_APPROVE,
)
