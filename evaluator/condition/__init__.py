"""The condition language: tree, operators, parsing, checking, English, compilation. Pure."""
