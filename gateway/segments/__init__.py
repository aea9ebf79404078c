"""What is a segment? Its versions, who uses it, how it is found, made, changed and told.

Counting is the evaluator's, keeping the catalogue's.
"""
