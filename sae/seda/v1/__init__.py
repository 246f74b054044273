"""SEDA 1.0: a tree of Archive, ArchiveObject and Document, read into the model of SEDA 2.

The message differs in kind from SEDA 2 (no data object package: documents stand inside the objects
of the archive), so it has its grammar (``grammar``), its way of making units and data objects
(``assembly``, where the correspondence is told), and its replies (``replies``). Several French
document flows (Actes, Hélios) still speak it.
"""
