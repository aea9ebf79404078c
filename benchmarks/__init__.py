"""One question about speed or size per module: ``python -m benchmarks.NAME --rows N [--json]``.

Each makes or reuses its data, answers its question beside the engines a person would pick
instead, compares every answer, and prints one JSON object last. Nothing in the product imports
from here.
"""
