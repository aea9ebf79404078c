"""What every text that matches a pattern contains: looked for first, it spares most texts RE2."""

import re

NEEDED_MIN = 3
"""A shorter piece is in too many texts."""

_CLASS = r"\[\^?\]?(?:[^\]\\\[]|\\.)*\]"
_STEP = re.compile(
    rf"(?P<plain>[^\\^$.|?*+()\[\]{{}}]|\\[^0-9A-Za-z])|(?P<other>{_CLASS}|[.^$]|\\[dDwWsSbBAz])",
    re.DOTALL,
)
_REPEATED = re.compile(r"[?*+]\??|\{[0-9]+(?:,[0-9]*)?\}\??")


def needed_text(pattern: str) -> str | None:
    """The longest text that is in whatever the RE2 pattern matches, as far as that is plain.

    None if it is short, or if the pattern has groups, alternatives or rarer escapes: those would
    need a parser to understand.
    """
    found, run, at = [""], "", 0
    while at < len(pattern):
        step = _STEP.match(pattern, at)
        if step is None:
            return None
        at = step.end()
        repeated = _REPEATED.match(pattern, at)
        if repeated is not None:
            at = repeated.end()
        if step["plain"] is not None and repeated is None:
            run += step["plain"][-1]
            continue
        found.append(run)
        run = ""
    longest = max([*found, run], key=len)
    return longest if len(longest) >= NEEDED_MIN else None
