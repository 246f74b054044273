"""The search projection: one row per unit, holding what a search filters, ranks and sorts by.

``holdings_search`` is the one table of tenants without row-level security: under a policy, ``@@``
and ``@>`` lose their index because they are not leakproof (0.85 ms became 193 ms). Therefore this
package alone touches it, always with the tenant of the open scope in its predicate, and it returns
identifiers and counts only: what is shown is read by identifier from walled tables. Every reading
is under the open sight (``sae.holdings.sight``), and fails without one.

The table is partitioned by tenant. Each partition has one GIN index over (ancestors, tsv), so that
words and a position in the tree are met by one scan.
"""

from sae.holdings.projection.admission import (
    grants_of,
    ids_in_sight,
    may_write,
    shown_ids,
    visible_ids,
)
from sae.holdings.projection.branches import (
    Below,
    Place,
    below_in_sight,
    children_in_sight,
    tops_in_sight,
    within_in_sight,
)
from sae.holdings.projection.query import SearchQuery, Sort
from sae.holdings.projection.rebuilding import Mended, mend_entries
from sae.holdings.projection.results import (
    COUNT_CAP,
    Facets,
    SearchPage,
    batches_with_words,
    count_in_sight,
    every_id,
    search,
)
from sae.holdings.projection.table import (
    TABLE,
    Entries,
    EntryValues,
    copy_entries,
    encode_entries,
    prepare_tenant,
    remove_entries,
)

__all__ = [
    "COUNT_CAP",
    "TABLE",
    "Below",
    "Entries",
    "EntryValues",
    "Facets",
    "Mended",
    "Place",
    "SearchPage",
    "SearchQuery",
    "Sort",
    "batches_with_words",
    "below_in_sight",
    "children_in_sight",
    "copy_entries",
    "count_in_sight",
    "encode_entries",
    "every_id",
    "grants_of",
    "ids_in_sight",
    "may_write",
    "mend_entries",
    "prepare_tenant",
    "remove_entries",
    "search",
    "shown_ids",
    "tops_in_sight",
    "visible_ids",
    "within_in_sight",
]
