"""The tests keep their own rules: sentences for names, no skipping, no waiting."""

import ast

from tests.repo.sources import calls, functions, imported, modules, short, tree

AVOIDING = {
    "pytest.skip", "pytest.xfail", "pytest.importorskip", "pytest.mark.skip",
    "pytest.mark.skipif", "pytest.mark.xfail", "unittest.skip",
}  # fmt: skip
WAITING = {"time.sleep", "asyncio.sleep"}
PATIENT = {"tests/browser", "tests/support"}
"""Where something outside of this process must be waited for."""
WORDS_MIN = 3


def test_no_test_avoids_its_duty() -> None:
    """A test that can't run fails; one that doesn't apply isn't collected."""
    avoiding = [
        f"{short(path)}:{node.lineno}"
        for path in modules("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in AVOIDING
    ]

    assert [] == avoiding


def test_no_test_sleeps() -> None:
    """A fake clock, an event or a bounded poll says when; a pause only hopes. Zero is a yield."""
    sleeping = [
        f"{short(path)}:{node.lineno}"
        for path in modules("tests")
        if not short(path).startswith(tuple(PATIENT))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in WAITING
        and ast.unparse(node.args[0]) != "0"
    ]

    assert [] == sleeping


def test_a_test_is_named_by_a_sentence() -> None:
    """``test_a_removed_record_leaves_every_segment``, and one line that says why it matters."""
    terse = [
        f"{short(path)}:{function.lineno} {function.name}"
        for path in modules("tests")
        for function in functions(path)
        if function.name.startswith("test_")
        and (function.name.count("_") < WORDS_MIN or not ast.get_docstring(function))
    ]

    assert [] == terse


def test_nothing_we_own_is_mocked() -> None:
    """The in-memory implementation is the double."""
    mocking = [
        f"{short(path)} imports {name}"
        for path in modules("tests")
        for name in imported(path)
        if name.startswith("unittest.mock")
    ]

    assert [] == mocking


def test_no_test_prints_to_pass_the_time() -> None:
    """What a test measures is printed by the browser tests alone; the rest assert."""
    printing = [
        f"{short(path)}:{line}"
        for path in modules("tests")
        if not short(path).startswith("tests/browser")
        for line, name in calls(path)
        if name == "print"
    ]

    assert [] == printing
