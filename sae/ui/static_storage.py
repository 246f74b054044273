"""Static files under names that carry their digest, compressed."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)

_MODULE_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Follows the imports of our ES modules too: a new module never meets an old one.

    Django's own switch reads every script, and takes strings of libraries for imports.
    """

    patterns = (*HashedFilesMixin.patterns, ("js/*.js", _MODULE_IMPORTS))
