"""Problems of packages in words, for the rooms that do not hold these words.

The room of deposits knows the sentences of every fault of a manifest; it lends them here when the
application starts.
"""

from collections.abc import Callable

from sae.kernel.problems import Problem

_explainers: list[Callable[[Problem], str]] = []


def register_explainer(explain: Callable[[Problem], str]) -> None:
    """Have ``explain(problem)`` say in one sentence what is wrong."""
    _explainers.append(explain)


def words_of(problem: Problem) -> str:
    """Return what a problem says, in French; its code when nobody lends words."""
    return next((explain(problem) for explain in _explainers), problem.code)
