"""Addresses of the way in: deposit, uploads, deposits, the peers' interfaces."""

from django.urls import include, path

from ingest import tus
from ingest.views import (
    deposit_again,
    deposit_cancel,
    deposit_files,
    deposit_list,
    deposit_new,
    deposit_page,
    platform,
)
from tenants.access import requires
from tenants.permissions import Permission

deposits = requires(Permission.DEPOSIT_VIEW)(deposit_list.DepositList.as_view())

of_one_deposit = [
    path("", deposit_page.deposit_page, name="deposit"),
    path("suivi/", deposit_page.deposit_live, name="deposit_live"),
    path("anomalies/", deposit_page.deposit_problems, name="deposit_problems"),
    path(
        "anomalies.csv",
        deposit_files.deposit_problems_file,
        {"file_format": "csv"},
        name="deposit_problems_csv",
    ),
    path(
        "anomalies.xlsx",
        deposit_files.deposit_problems_file,
        {"file_format": "xlsx"},
        name="deposit_problems_xlsx",
    ),
    path("anomalies.pdf", deposit_files.deposit_problems_pdf, name="deposit_problems_pdf"),
    path("reponse.xml", deposit_files.deposit_reply, name="deposit_reply"),
    path("manifeste.xml", deposit_files.deposit_manifest, name="deposit_manifest"),
    path("manifeste/<int:line>/", deposit_page.manifest_line, name="deposit_manifest_line"),
    path("journal.json", deposit_files.deposit_journal, name="deposit_journal"),
    path("bordereau-de-versement.pdf", deposit_files.deposit_slip_pdf, name="deposit_slip"),
    path("reverifier/", deposit_again.deposit_recheck, name="deposit_recheck"),
    path("verser/", deposit_again.deposit_commit, name="deposit_commit"),
    path("mettre-en-pause/", deposit_cancel.deposit_pause, name="deposit_pause"),
    path("reprendre/", deposit_cancel.deposit_resume, name="deposit_resume"),
    path("abandonner/", deposit_cancel.deposit_abandon, name="deposit_abandon"),
    path("annuler/", deposit_cancel.deposit_cancel, name="deposit_cancel"),
    path(
        "annuler/retirer/", deposit_cancel.deposit_cancel_withdraw, name="deposit_cancel_withdraw"
    ),
    path(
        "annuler/approuver/", deposit_cancel.deposit_cancel_approve, name="deposit_cancel_approve"
    ),
    path(
        "annuler/reprendre/", deposit_cancel.deposit_cancel_relaunch, name="deposit_cancel_relaunch"
    ),
]

urlpatterns = [
    path("deposer/", deposit_new.deposit_new, name="deposit_new"),
    path("televersements/", tus.collection, name="uploads"),
    path("televersements/<uuid:upload_id>/", tus.one, name="upload"),
    path(
        "televersements/<uuid:upload_id>/abandonner/",
        deposit_new.upload_discard,
        name="upload_discard",
    ),
    path("versements/", deposits, name="deposits"),
    path("versements/suivi/", deposit_list.deposits_live, name="deposits_live"),
    path("versements/<uuid:deposit_id>/", include(of_one_deposit)),
    path("etat/", platform.platform_page, name="platform"),
    path("", include("ingest.external.urls")),
]
