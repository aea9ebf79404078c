"""Files in, typed record batches and rejects out. Knows no HTTP, no storage and no conditions.

Start at ``intake.open_file``. Nothing here holds a whole file: every pass goes block by block.
"""
