from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "sae.jobs"
    label = "jobs"
    verbose_name = "Travaux"
