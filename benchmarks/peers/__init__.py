"""The engines a person would pick instead, each answering our questions as fast as it can.

Every engine holds the customers twice, though not at once: in integers, the form kindest to it,
and in the types a person would load. Nothing here knows how ours does it.
"""
