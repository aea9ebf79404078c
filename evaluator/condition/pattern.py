"""RE2 patterns: whether one is a pattern, and how much work it can be.

RE2 needs time in proportion to the text, whatever the pattern; what a pattern costs is its own
size, which repetition multiplies.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

from evaluator.condition.literal import Fault

PATTERN_CHARS_MAX = 1_000

_CLASS_STEPS = 10
"""What a set of characters takes at most, but one of Unicode's own."""
_UNICODE_STEPS = 400
_TOKENS = re.compile(
    r"(?P<unicode>\\[pP](?:\{[^}]*\}|.))"
    r"|(?P<set>\[\^?\]?(?:\\.|\[:[^\]]*:\]|[^\]\\])*\]|\\[dDsSwW]|\.)"
    r"|(?P<open>\()"
    r"|(?P<close>\))"
    r"|\{(?P<least>[0-9]{1,4})(?:,(?P<most>[0-9]{0,4}))?\}"
    r"|(?P<one>\\.|.)",
    re.DOTALL,
)
_NOTHING = pa.array([""])


def pattern_fault(pattern: str) -> Fault | None:
    """Why RE2 does not take the pattern. Cost: its ``pattern_steps``, so ask for those first."""
    try:
        pc.match_substring_regex(_NOTHING, pattern)
    except pa.ArrowInvalid:
        # RE2's own words repeat the pattern.
        return Fault("bad_pattern", "is matched with something that is not an RE2 pattern")
    return None


def pattern_steps(pattern: str) -> int:
    """About how many steps the pattern unfolds to; no pattern takes RE2 much longer than that."""
    open_groups: list[int] = []
    total = last = 0
    for token in _TOKENS.finditer(pattern):
        match token.lastgroup:
            case "open":
                open_groups.append(total)
                total = last = 0
            case "close":
                last = total
                total += open_groups.pop() if open_groups else 0
            case "least" | "most":
                times = int(token["most"] or token["least"])
                total += last * max(times - 1, 0)
                last *= max(times, 1)
            case _:
                last = _steps(token)
                total += last
    return total + sum(open_groups)


def _steps(token: re.Match[str]) -> int:
    if token["one"]:
        return 1
    inside = len(re.findall(r"\\[pP]|\[:\^", token[0]))
    return _UNICODE_STEPS * inside if inside else _CLASS_STEPS + len(token[0])
