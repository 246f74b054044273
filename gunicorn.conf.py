"""Read by gunicorn wherever it is started from this folder; the rest is on its command line."""

logger_class = "sae.config.web_server_logs.WebServerLogger"
