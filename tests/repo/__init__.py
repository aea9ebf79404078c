"""The house rules as tests: sizes, words, floors, and papers that say what the code does."""
