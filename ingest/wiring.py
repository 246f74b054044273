"""What the room tells the rooms below: its jobs, its labels, its menu."""


def connect() -> None:
    """Called once the applications are loaded."""
    from ingest.connectors import wiring as connectors
    from ingest.screens import connect_screens
    from ingest.services.advancing import JOB_KIND, advance_deposit, give_up
    from ingest.upload_expiry import expire_tenant_uploads
    from ingest.uploads import EXPIRY_JOB
    from sae.jobs.registry import register_handler

    register_handler(JOB_KIND, advance_deposit, on_quarantine=give_up)
    register_handler(EXPIRY_JOB, expire_tenant_uploads)
    connect_screens()
    connectors.connect()
