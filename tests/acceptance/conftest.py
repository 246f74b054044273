"""How many verdicts of how many, by category, at the end of a run."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the cases recorded under « tally », whichever process ran them."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, category in getattr(report, "user_properties", ()):
                if name == "tally":
                    total[category] += 1
                    right[category] += outcome == "passed"
    for family in sorted({category.partition("/")[0] for category in total}):
        parts = [one for one in sorted(total) if one.startswith(f"{family}/")]
        whole = f"{sum(right[one] for one in parts)} of {sum(total[one] for one in parts)}"
        detail = ", ".join(f"{one.partition('/')[2]} {right[one]}/{total[one]}" for one in parts)
        terminalreporter.write_line(f"Verdicts of {family}: {whole} ({detail})")
