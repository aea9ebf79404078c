"""Changes as somebody sends them: read, held against the schema, handed to the index.

Knows JSON and schemas, and neither HTTP nor gRPC: both come through ``intake``. What is plainly
written takes a short way (``reading``, ``fitting``); whatever is unusual goes the careful one
(``shape``, ``values``), which alone decides what is wrong and how that is said.
"""
