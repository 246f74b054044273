"""What a manifest may hold: our own tables, after the standard, for SEDA 2.1, 2.2 and 2.3.

The official schemas refuse packages that archivists exchange (free elements of the standard's own
namespace, attachment, hold rules before 2.2) and let pass what matters (identifiers declared
twice). These tables keep the standard's elements, order and types, accept free elements wherever
the standard has an abstract element, and are the union of the three versions: what one version
added is accepted in the others, at its place, as the field does.

``transfer.grammar_for`` gives the grammar of a namespace.
"""
