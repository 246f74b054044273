"""What the room tells the rooms below: its jobs, its labels, its menu."""


def connect() -> None:
    """Called once the applications are loaded."""
    from ingest.screens import connect_screens
    from ingest.services.advancing import JOB_KIND, advance_deposit, give_up
    from sae.jobs.registry import register_handler

    register_handler(JOB_KIND, advance_deposit, on_quarantine=give_up)
    connect_screens()
