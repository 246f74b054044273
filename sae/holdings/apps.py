from django.apps import AppConfig


class HoldingsConfig(AppConfig):
    name = "sae.holdings"
    label = "holdings"
    verbose_name = "Fonds"

    def ready(self) -> None:
        from sae.holdings import mass, metadata_files, reindexing, rules_update
        from sae.holdings.projection import TABLE
        from sae.jobs.registry import register_handler
        from sae.journal.labels import register_labels
        from sae.tenancy.checks import ROW_LEVEL_SECURITY_EXEMPT

        ROW_LEVEL_SECURITY_EXEMPT[TABLE] = (
            "full text and array operators are not leakproof: under a policy they lose their index "
            "(0.85 ms became 193 ms); one module touches it, by tenant, and returns identifiers"
        )
        register_handler(metadata_files.JOB_KIND, metadata_files.send_pending)
        register_handler(mass.JOB_KIND, mass.advance_mass, on_quarantine=mass.give_mass_up)
        register_handler(
            rules_update.JOB_KIND,
            rules_update.advance_update,
            on_quarantine=rules_update.give_update_up,
        )
        register_labels(rules_update.LABELS)
        register_labels(reindexing.LABELS)
