"""What can go wrong when services are started, each told in one French line."""


class EmbeddedError(RuntimeError):
    """A service could not start; `str(error)` is one line fit for the person at the keyboard."""


class BinariesMissingError(EmbeddedError):
    """The wheel or the system package that carries the server is not installed here."""


class AlreadyRunningError(EmbeddedError):
    """Another process already serves this data directory."""


class PortTakenError(EmbeddedError):
    """The port asked for is already listened to."""


class StartFailedError(EmbeddedError):
    """The server left, or did not answer in time; the line ends with where its log is."""
