"""The web server's own logs, read by ``gunicorn.conf.py``: what ``sae.config.logs`` cuts out."""

import logging
from typing import Any

from gunicorn.glogging import Logger

from sae.config.logs import redacted


class _Around(logging.Formatter):
    """Another's format, redacted."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redacted(self._inner.format(record))


class WebServerLogger(Logger):
    """Errors, and the access log when somebody asks for one."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                if handler.formatter is not None:
                    handler.setFormatter(_Around(handler.formatter))
