"""The specification of Cardinal, as programs. Each folder is one kind of test."""
