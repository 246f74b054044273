"""What a problem says to an archivist, in French: title, why it matters, sentence, advice.

Problems travel as codes and arguments; the words are chosen here, when someone reads.
"""

from ingest.sentences.explanation import (
    Explained,
    ProblemGroup,
    explain,
    group_problems,
    has_sentence,
)

__all__ = ["Explained", "ProblemGroup", "explain", "group_problems", "has_sentence"]
