"""Any graph, against a slow reading of the definition that keeps every path of every entry."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sae.holdings.inheritance import CATEGORIES, Unit, compute, compute_one, inherited_rules

SOME = ("AppraisalRule", "StorageRule", "HoldRule")
NAMES = {category: [f"{category[:3].upper()}-{number}" for number in range(3)] for category in SOME}

Told = list[tuple[Any, ...]]


def definition(units: dict[str, Unit], name: str) -> dict[str, tuple[Told, Told]]:
    """Return, by category, (rules, properties) as (origin, agency, paths, name, value) tuples.

    The definition read word for word, from the unit up, every path copied at every level.
    """
    unit = units[name]
    above = [definition(units, parent) for parent in unit.parents]
    found: dict[str, tuple[Told, Told]] = {}
    here = (name, unit.agency or None, ((name,),))
    for category in CATEGORIES:
        block = unit.management.get(category, {})
        own_rules = [
            (*here, one["Rule"], tuple(sorted(one.items()))) for one in block.get("Rules", [])
        ]
        own_properties = [
            (*here, key, value)
            for key, value in block.items()
            if key not in ("Rules", "Inheritance")
        ]
        inheritance = block.get("Inheritance", {})
        got_rules: Told = []
        got_properties: Told = []
        if not inheritance.get("PreventInheritance"):
            refused = {one[3] for one in own_rules} | set(inheritance.get("PreventRulesId", []))
            hidden = {one[3] for one in own_properties}
            got_rules = merged(
                name, [one for part in above for one in part[category][0] if one[3] not in refused]
            )
            got_properties = merged(
                name, [one for part in above for one in part[category][1] if one[3] not in hidden]
            )
        properties = own_properties + got_properties
        if (
            category == "AppraisalRule"
            and unit.agency
            and not any(one[1] == unit.agency and one[3] == "FinalAction" for one in properties)
        ):
            properties = [
                (*here, "FinalAction", "Keep"),
                *(one for one in properties if one[3] != "FinalAction"),
            ]
        found[category] = (own_rules + got_rules, properties)
    if "NeedAuthorization" in unit.management:
        own = [(*here, "NeedAuthorization", unit.management["NeedAuthorization"])]
    else:
        own = merged(name, [one for part in above for one in part["GlobalProperties"][1]])
    found["GlobalProperties"] = ([], own)
    return found


def merged(name: str, entries: Told) -> Told:
    """Put together the paths of what comes from one origin, one step longer."""
    together: dict[tuple[Any, ...], list[tuple[str, ...]]] = {}
    for origin, agency, paths, entry, value in entries:
        kept = together.setdefault((origin, agency, entry, value), [])
        kept += [(name, *path) for path in paths]
    return [
        (origin, agency, tuple(paths), entry, value)
        for (origin, agency, entry, value), paths in together.items()
    ]


def comparable(found: dict[str, tuple[Told, Told]]) -> dict[str, Any]:
    return {
        category: [
            sorted(
                repr((origin, agency, sorted(paths), name, value))
                for origin, agency, paths, name, value in part
            )
            for part in parts
        ]
        for category, parts in found.items()
    }


def from_document(document: dict[str, Any]) -> dict[str, tuple[Told, Told]]:
    beside = {"UnitId", "OriginatingAgency", "Paths"}

    def told(one: dict[str, Any]) -> tuple[Any, ...]:
        paths = tuple(tuple(path) for path in one["Paths"])
        if "PropertyName" in one:
            last = (one["PropertyName"], one["PropertyValue"])
        else:
            attributes = {key: value for key, value in one.items() if key not in beside}
            last = (one["Rule"], tuple(sorted(attributes.items())))
        return (one["UnitId"], one["OriginatingAgency"], paths, *last)

    return {
        category: (
            ([], [told(one) for one in part])
            if isinstance(part, list)
            else (
                [told(one) for one in part["Rules"]],
                [told(one) for one in part["Properties"]],
            )
        )
        for category, part in document.items()
    }


@st.composite
def blocks(draw: st.DrawFn, category: str) -> dict[str, Any]:
    block: dict[str, Any] = {}
    names = draw(st.lists(st.sampled_from(NAMES[category]), unique=True, max_size=2))
    if names or draw(st.booleans()):
        dates = st.sampled_from([{}, {"StartDate": "2000-01-01", "EndDate": "2010-01-01"}])
        block["Rules"] = [{"Rule": name, **draw(dates)} for name in names]
    if draw(st.integers(0, 5)) == 0:
        block["Inheritance"] = {"PreventInheritance": draw(st.booleans())}
    if draw(st.booleans()):
        refused = draw(st.lists(st.sampled_from([*NAMES[category], "X-9"]), max_size=2))
        block.setdefault("Inheritance", {})["PreventRulesId"] = refused
    if category != "HoldRule" and draw(st.booleans()):
        block["FinalAction"] = draw(st.sampled_from(["Keep", "Destroy"]))
    return block


@st.composite
def graphs(draw: st.DrawFn) -> list[Unit]:
    """Up to eight units of three agencies or none, each under any of those before it."""
    units: list[Unit] = []
    for number in range(draw(st.integers(1, 8))):
        before = [str(one.id) for one in units]
        parents = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        management: dict[str, Any] = {
            category: draw(blocks(category)) for category in SOME if draw(st.integers(0, 2)) == 0
        }
        if draw(st.integers(0, 4)) == 0:
            management["NeedAuthorization"] = draw(st.booleans())
        agency = draw(st.sampled_from(["", "sp1", "sp2", "sp3"]))
        units.append(Unit(f"u{number}", tuple(parents), management, agency))
    return units


@settings(max_examples=400, deadline=None)
@given(graphs(), st.randoms())
def test_the_pass_says_what_the_definition_says(units: list[Unit], random: Any) -> None:
    by_name = {str(one.id): one for one in units}
    shuffled = random.sample(units, len(units))
    found = compute(shuffled)
    for name in by_name:
        document = inherited_rules(found, name)
        expected = comparable(definition(by_name, name))
        assert comparable(from_document(document)) == expected
        assert inherited_rules(compute_one(by_name[name], shuffled), name) == document


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_what_stops_at_a_unit_and_what_is_in_force_make_what_its_parents_carry(
    units: list[Unit],
) -> None:
    found = compute(units)
    for unit in units:
        for category in CATEGORIES:
            carried = {
                entry
                for parent in unit.parents
                for entry in found.in_force(parent, category).entries
            }
            mine = found.in_force(unit.id, category).entries
            stopped = {one.entry for one in found.set_aside_by(unit.id, category)}
            inherited = {entry for entry in mine if entry.origin != unit.id}
            assert stopped | inherited == carried
            assert not stopped & inherited
