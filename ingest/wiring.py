"""What the room tells the rooms below: its jobs, its labels, its menu."""


def connect() -> None:
    """Called once the applications are loaded."""
    from ingest.cancellation.execution import carry_out, stop_on_failure
    from ingest.connectors import wiring as connectors
    from ingest.four_eyes import CANCELLATION
    from ingest.screens import connect_screens
    from ingest.sentences import explain
    from ingest.services import external_operations
    from ingest.services.advancing import JOB_KIND, advance_deposit, give_up
    from ingest.services.arriving import arriving
    from ingest.services.cancelling import JOB_KIND as CANCELLATION_JOB
    from ingest.services.relying import relying_on
    from ingest.services.resuming import SWEEP_KIND, give_sweep_up, sweep_abandoned
    from ingest.services.sweeping import SWEEP_JOB, sweep_workspaces
    from ingest.upload_expiry import expire_tenant_uploads
    from ingest.uploads import EXPIRY_JOB
    from sae.jobs.registry import register_handler
    from sae.journal.labels import register_labels
    from sae.ui.problem_words import register_explainer
    from tenants.organisations.quotas import register_arriving
    from tenants.referentials.under_way import register_deposits_under_way
    from tenants.rights.four_eyes import register_action

    register_handler(JOB_KIND, advance_deposit, on_quarantine=give_up)
    register_handler(EXPIRY_JOB, expire_tenant_uploads)
    register_handler(SWEEP_JOB, sweep_workspaces)
    register_handler(SWEEP_KIND, sweep_abandoned, on_quarantine=give_sweep_up)
    register_handler(CANCELLATION_JOB, carry_out, on_quarantine=stop_on_failure)
    register_action(CANCELLATION)
    register_arriving(arriving)
    register_deposits_under_way(relying_on)
    register_explainer(lambda problem: explain(problem).sentence)
    register_labels(external_operations.LABELS)
    connect_screens()
    connectors.connect()
