"""The exchange format: packages and messages of the SEDA, as pure functions over bytes.

``containers`` opens packages safely, ``reader`` turns a manifest into the dataclasses of ``model``
in one pass, ``writer`` writes replies. No Django here; what is wrong comes out as
:class:`sae.kernel.problems.Problem`, whose reasons are listed in ``reasons``.
"""
