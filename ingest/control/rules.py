"""Management rules of a package: merge of the global ones, existence, category, end dates.

Source: reference system, step UNITS_RULES_COMPUTE, and SEDA's ManagementMetadata.
"""

from sae.holdings.declared_rules import RULE_CATEGORIES, Management


def merge_global(management: Management, transfer: Management) -> Management:
    """Give a root unit the rules of ManagementMetadata that it does not set aside or redefine.

    A global rule is left out when the unit blocks inheritance in its category, refuses that rule
    or declares it. Global properties apply where the unit says nothing.
    """
    if not transfer:
        return management
    merged = dict(management)
    for category in RULE_CATEGORIES:
        given = transfer.get(category)
        if not given:
            continue
        own = merged.get(category) or {}
        block = dict(own)
        inheritance = own.get("Inheritance", {})
        declared = {rule.get("Rule") for rule in own.get("Rules", ())}
        refused = set(inheritance.get("PreventRulesId", ()))
        if not inheritance.get("PreventInheritance"):
            added = [
                rule
                for rule in given.get("Rules", ())
                if rule.get("Rule") not in declared and rule.get("Rule") not in refused
            ]
            if added:
                block["Rules"] = [*own.get("Rules", ()), *added]
        for key, value in given.items():
            if key == "Inheritance":
                joined = {**value, **inheritance}
                ids = [
                    *inheritance.get("PreventRulesId", ()),
                    *(one for one in value.get("PreventRulesId", ()) if one not in refused),
                ]
                if ids:
                    joined["PreventRulesId"] = ids
                block[key] = joined
            elif key != "Rules" and key not in block:
                block[key] = value
        if block:
            merged[category] = block
    if "NeedAuthorization" in transfer and "NeedAuthorization" not in merged:
        merged["NeedAuthorization"] = transfer["NeedAuthorization"]
    return merged
