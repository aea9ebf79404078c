"""Formulas: fields computed from a record's own fields. Text to a typed tree, and to cells.

Knows the model and how cells look, and no dataset, no storage and no clock: ``now`` and the zone
are given. Null is null, never an error; whatever is wrong with a formula is known before it is
computed.
"""
