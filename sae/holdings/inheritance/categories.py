"""The seven categories of management rules, and what a unit may declare of each."""

CATEGORIES = (
    "StorageRule",
    "AppraisalRule",
    "DisseminationRule",
    "AccessRule",
    "ReuseRule",
    "ClassificationRule",
    "HoldRule",
)
APPRAISAL = "AppraisalRule"
STORAGE = "StorageRule"
HOLD = "HoldRule"
FINAL_ACTION = "FinalAction"
KEEP = "Keep"
NEED_AUTHORIZATION = "NeedAuthorization"
GLOBAL = "GlobalProperties"
"""Where the properties that belong to no category are given."""

NOT_PROPERTIES = frozenset({"Rules", "Inheritance"})
"""What a category's block holds beside its properties."""
