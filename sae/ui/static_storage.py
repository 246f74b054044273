"""Static files under names that carry their digest, compressed."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Follows the imports of ES modules too, so that a new module is never met by an old one."""

    support_js_module_import_aggregation = True
