"""The page in a real browser, against a real service: what a person does and sees."""
