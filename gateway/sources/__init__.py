"""Change streams in: other databases' changes, read, checked and applied as they happen.

One kind of stream is one module that turns its entries into the events of ``api.py``; one applier
turns events into changes. Knows nothing of HTTP.
"""
