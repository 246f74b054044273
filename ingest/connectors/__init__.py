"""Doors for business software that already knows how to deposit: one folder per connector.

A connector receives what its clients send, composes a package that the ordinary workflow judges
(``composition``), and answers in their own words (``replies``). What its clients' slips say in
their own way (bare file names, durations instead of rules) is put in ours while the slip is read
(``reading``): its bytes are kept as they came.
"""
