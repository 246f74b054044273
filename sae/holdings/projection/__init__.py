"""The search projection: one row per unit, holding what a search filters, ranks and sorts by.

``holdings_search`` is the one table of tenants without row-level security: under a policy, ``@@``
and ``@>`` lose their index because they are not leakproof (0.85 ms became 193 ms). Therefore this
package alone touches it, always with the tenant of the open scope in its predicate, and it returns
identifiers and counts only: what is shown is read by identifier from walled tables.

The table is partitioned by tenant. Each partition has one GIN index over (ancestors, tsv), so that
words and a position in the tree are met by one scan.
"""

from sae.holdings.projection.query import SearchQuery, Sort
from sae.holdings.projection.results import (
    COUNT_CAP,
    Facets,
    SearchPage,
    batches_with_words,
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
    "Entries",
    "EntryValues",
    "Facets",
    "SearchPage",
    "SearchQuery",
    "Sort",
    "batches_with_words",
    "copy_entries",
    "encode_entries",
    "every_id",
    "prepare_tenant",
    "remove_entries",
    "search",
]
