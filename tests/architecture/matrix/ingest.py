"""The way in: deposits, uploads, state of the platform."""

from tenants.permissions import Permission
from tests.architecture.matrix.line import Line

LINES: dict[str, Line] = {
    "deposit_new": Line(Permission.DEPOSIT_CREATE),
    "uploads": Line(Permission.DEPOSIT_CREATE, method="post", granted=(400, 412)),
    "upload": Line(Permission.DEPOSIT_CREATE, of="upload", method="head", granted=(404, 412)),
    "upload_discard": Line(
        Permission.DEPOSIT_CREATE, of="upload", method="post", granted=(302, 404)
    ),
    "deposits": Line(Permission.DEPOSIT_VIEW),
    "deposits_live": Line(Permission.DEPOSIT_VIEW, granted=(200, 204, 286)),
    "deposit": Line(Permission.DEPOSIT_VIEW, of="deposit"),
    "deposit_live": Line(Permission.DEPOSIT_VIEW, of="deposit", granted=(200, 286)),
    # A sound deposit has no problem of any kind to list.
    "deposit_problems": Line(Permission.DEPOSIT_VIEW, of="deposit", granted=(404,)),
    "deposit_problems_csv": Line(Permission.DEPOSIT_VIEW, of="deposit"),
    "deposit_problems_xlsx": Line(Permission.DEPOSIT_VIEW, of="deposit"),
    "deposit_problems_pdf": Line(Permission.DEPOSIT_VIEW, of="deposit", granted=(404,)),
    "deposit_reply": Line(Permission.DEPOSIT_VIEW, of="deposit"),
    "deposit_manifest": Line(Permission.DEPOSIT_VIEW, of="deposit"),
    "deposit_manifest_line": Line(Permission.DEPOSIT_VIEW, of="deposit", also=(("line", 1),)),
    "deposit_journal": Line(Permission.DEPOSIT_VIEW, of="deposit"),
    "deposit_slip": Line(Permission.DEPOSIT_VIEW, of="deposit"),
    "deposit_recheck": Line(
        Permission.DEPOSIT_CREATE, of="deposit", method="post", granted=(302, 400, 404, 409)
    ),
    "deposit_commit": Line(
        Permission.DEPOSIT_CREATE, of="deposit", method="post", granted=(302, 400, 404, 409)
    ),
    # A sound deposit is neither stopped nor under a request.
    "deposit_pause": Line(Permission.DEPOSIT_RESUME, of="deposit", method="post", granted=(409,)),
    "deposit_resume": Line(Permission.DEPOSIT_RESUME, of="deposit", method="post", granted=(409,)),
    "deposit_abandon": Line(Permission.DEPOSIT_RESUME, of="deposit", granted=(409,)),
    "deposit_cancel": Line(Permission.DEPOSIT_CANCEL, of="deposit"),
    "deposit_cancel_withdraw": Line(
        Permission.DEPOSIT_CANCEL, of="deposit", method="post", granted=(409,)
    ),
    "deposit_cancel_approve": Line(
        Permission.DEPOSIT_CANCEL_APPROVE, of="deposit", method="post", granted=(409,)
    ),
    "deposit_cancel_relaunch": Line(
        Permission.DEPOSIT_CANCEL, of="deposit", method="post", granted=(409,)
    ),
    "platform": Line(Permission.PLATFORM_VIEW),
}
