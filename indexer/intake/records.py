"""Cuts delimited text into blocks of whole records and knows every record's line.

Quotes open only at the start of a cell, double inside one, and may hold line breaks; a line
ends with LF, CRLF or a lone CR. Blank lines are no records. This is the reading that the
Arrow parser has, so both always see the same records.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.intake.encodings import bad_places
from indexer.intake.options import IntakeLimits
from indexer.intake.stream import ByteStream
from indexer.model.errors import BadFile, TooLarge

Positions = NDArray[np.int64]

BAD_TEXT = "bad_encoding: bytes that are no text in the file's encoding"

_BOM = b"\xef\xbb\xbf"
_LF, _CR, _QUOTE = 10, 13, 34
_MENDED = ord("?")
_NOWHERE: Positions = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Whole records: record i is ``data[starts[i]:ends[i]]``, without its line break.

    ``breaks`` are the last bytes of all line breaks, those inside quotes too. ``position`` is
    the place in the file after this block. ``unclosed``: the last record has an open quote.
    ``bad`` are bytes that are no text: a question mark stands for each, ``written`` has them.
    """

    data: bytes
    starts: Positions
    ends: Positions
    breaks: Positions
    first_line: int
    position: int
    unclosed: bool
    bad: Positions = field(default_factory=lambda: _NOWHERE)
    written: bytes | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def line(self, record: int) -> int:
        """The line of the file on which the record begins."""
        return self.first_line + int(np.searchsorted(self.breaks, self.starts[record]))

    def raw(self, record: int) -> str:
        """The record as it stands in the file."""
        data = self.data if self.written is None else self.written
        return data[self.starts[record] : self.ends[record]].decode(errors="replace")

    @property
    def bad_records(self) -> Positions:
        """Records with a byte that is no text, ascending."""
        if not len(self.bad) or not len(self):
            return _NOWHERE
        records = np.searchsorted(self.starts, self.bad, side="right") - 1
        return np.unique(records[(records >= 0) & (self.bad < self.ends[records])])

    def first(self) -> "RecordBlock":
        """The block's first record only."""
        return self._between(0, 1)

    def without_first(self) -> "RecordBlock":
        """The block without its first record."""
        return self._between(1, len(self))

    def without_last(self) -> "RecordBlock":
        """The block without its last record."""
        return self._between(0, len(self) - 1)

    def _between(self, first: int, stop: int) -> "RecordBlock":
        low = int(self.starts[first]) if first < len(self) else len(self.data)
        high = int(self.starts[stop]) if stop < len(self) else len(self.data)
        return RecordBlock(
            self.data[low:high],
            self.starts[first:stop] - low,
            self.ends[first:stop] - low,
            self.breaks[np.searchsorted(self.breaks, low) :] - low,
            self.first_line + int(np.searchsorted(self.breaks, low)),
            self.position,
            self.unclosed and stop == len(self),
            self.bad[(self.bad >= low) & (self.bad < high)] - low,
            None if self.written is None else self.written[low:high],
        )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Line breaks of some text; those that end a record; whether a quote is open at its end."""

    breaks: Positions
    record_breaks: Positions
    open: bool


@dataclass(frozen=True, slots=True)
class FoundCells:
    """The cells of the whole records that a text begins with: ``data[starts[k, i]:ends[k, i]]``.

    k counts the columns that are wanted, i the records, which take ``size`` bytes and ``lines``.
    """

    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]
    size: int
    lines: int


Finder = Callable[[bytes, bool], FoundCells | None]
"""Finds cells faster than their layout is found; None where one is not plain. The flag says
whether the file ends with the text."""

_LayoutOf = Callable[[bytes, bool], _Layout]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole records: ``data``, or the first ``found.size`` bytes of it where cells are found.

    Else the place of every record is known.
    """

    data: bytes
    first_line: int
    position: int
    final: bool
    layout_of: _LayoutOf
    found: FoundCells | None = None
    layout: _Layout | None = None
    headed: bool = False
    """The first record of the data is not one of these."""
    bad: Positions = field(default_factory=lambda: _NOWHERE)
    written: bytes | None = None
    """See ``RecordBlock``."""

    @property
    def used(self) -> int:
        """How many bytes of the data these records are."""
        return len(self.data) if self.found is None else self.found.size

    def block(self) -> RecordBlock:
        """The same with the place of every record. Cost: a pass or two, unless it is known."""
        data = self.data[: self.used]
        layout = self.layout or self.layout_of(data, self.final)
        block = _block(data, layout, self.first_line, self.position, final=self.final)
        if self.written is not None:
            block = replace(block, bad=self.bad, written=self.written)
        return block.without_first() if self.headed else block

    def without_first(self) -> "Stretch | None":
        """Without the first record, which is a header; None if there is none to leave out."""
        if self.found is None:
            return replace(self, headed=True) if len(self.block()) else None
        starts, ends = self.found.starts[:, 1:], self.found.ends[:, 1:]
        found = replace(self.found, starts=starts, ends=ends)
        return replace(self, found=found, headed=True) if self.found.starts.shape[1] else None


def cut_records(
    stream: ByteStream, delimiter: str, limits: IntakeLimits, finder: Finder | None = None
) -> Iterator[Stretch]:
    """All records of delimited text, in stretches of about ``block_bytes``.

    Where the finder finds cells, nobody looks for lines. Text that turns out not to be UTF-8 is
    read as Windows-1252 from there on if the whole file is more likely that; else its bytes that
    are no text are told. Raises: TooLarge for a record over ``record_bytes_max``.
    """

    def layout_of(data: bytes, final: bool) -> _Layout:
        return _layout(data, delimiter, final=final)

    return _cut(stream, layout_of, limits, finder)


def cut_lines(stream: ByteStream, limits: IntakeLimits) -> Iterator[RecordBlock]:
    """Like ``cut_records``, for text where every line is a record and quotes mean nothing."""
    return (stretch.block() for stretch in _cut(stream, _layout_of_lines, limits, None))


def first_record(head: bytes, delimiter: str) -> str | None:
    """The first record of a file's head, or all of the head if it is longer; None if empty."""
    data = head.removeprefix(_BOM)
    if not data:
        return None

    def layout_of(text: bytes, final: bool) -> _Layout:
        return _layout(text, delimiter, final=final)

    block = Stretch(data, 1, 0, True, layout_of).block()
    if not len(block):
        return None
    try:
        return block.first().data[: block.first().ends[0]].decode()
    except UnicodeDecodeError:
        raise BadFile("the header line is no text: save the file as UTF-8") from None


def _cut(
    stream: ByteStream, layout_of: _LayoutOf, limits: IntakeLimits, finder: Finder | None
) -> Iterator[Stretch]:
    carry, line, first = b"", 1, True
    while True:
        chunk = stream.read(limits.block_bytes)
        data, final = carry + chunk, not chunk
        if first:
            data, first = data.removeprefix(_BOM), False
        if not data:
            return
        stretch, lines = _whole_records(data, line, stream.position, final, layout_of, finder)
        if not _is_text(stretch):
            recoder = stream.otherwise()
            if recoder is not None:
                data = recoder.recode(data)
                stretch, lines = _whole_records(
                    data, line, stream.position, final, layout_of, finder
                )
            stretch = _mended(stretch)
        carry = data[stretch.used :]
        if len(carry) > limits.record_bytes_max:
            raise TooLarge(
                f"the row on line {line + lines} is over {limits.record_bytes_max} bytes;"
                " is one of its quotes never closed?"
            )
        if stretch.used:
            line += lines
            yield from _parted(stretch, limits.block_rows)
        if final:
            return


def _whole_records(
    data: bytes, line: int, position: int, final: bool, layout_of: _LayoutOf, finder: Finder | None
) -> tuple[Stretch, int]:
    """The whole records with which the data begins, perhaps none, and how many lines they take."""
    found = finder(data, final) if finder is not None else None
    if found is not None:
        # Where cells are found, what is behind them does no harm: a copy less.
        return Stretch(data, line, position, final, layout_of, found), found.lines
    layout = layout_of(data, final)
    cut = len(data) if final else _cut_at(layout)
    lines = int(np.searchsorted(layout.breaks, cut))
    return Stretch(data[:cut], line, position, final, layout_of, None, layout), lines


def _cut_at(layout: _Layout) -> int:
    return int(layout.record_breaks[-1]) + 1 if len(layout.record_breaks) else 0


def _block(data: bytes, layout: _Layout, line: int, position: int, *, final: bool) -> RecordBlock:
    inside = layout.record_breaks
    stops = inside if not final or _ends_with(inside, data) else np.append(inside, len(data))
    starts = np.concatenate((np.zeros(1, np.int64), stops[:-1] + 1))
    view = np.frombuffer(data, np.uint8)
    at = np.minimum(stops, len(data) - 1)
    crlf = (stops < len(data)) & (view[at] == _LF) & (view[at - 1] == _CR) & (stops > starts)
    ends = stops - crlf
    filled = ends > starts
    breaks = layout.breaks[: np.searchsorted(layout.breaks, len(data))]
    return RecordBlock(
        data, starts[filled], ends[filled], breaks, line, position, final and layout.open
    )


def _ends_with(record_breaks: Positions, data: bytes) -> bool:
    return len(record_breaks) > 0 and int(record_breaks[-1]) == len(data) - 1


def _layout_of_lines(data: bytes, final: bool) -> _Layout:
    breaks = _line_breaks(data, np.frombuffer(data, np.uint8), final=final)
    return _Layout(breaks, breaks, False)


def _layout(data: bytes, delimiter: str, *, final: bool) -> _Layout:
    view = np.frombuffer(data, np.uint8)
    breaks = _line_breaks(data, view, final=final)
    if b'"' not in data:
        return _Layout(breaks, breaks, False)
    quotes = np.flatnonzero(view == _QUOTE)
    if _all_quotes_enclose(view, quotes, delimiter):
        inside = (np.searchsorted(quotes, breaks) & 1).astype(bool)
        return _Layout(breaks, breaks[~inside], len(quotes) % 2 == 1)
    return _layout_around_stray_quotes(data, breaks, delimiter)


def _line_breaks(data: bytes, view: NDArray[np.uint8], *, final: bool) -> Positions:
    feeds = np.flatnonzero(view == _LF)
    if b"\r" not in data:
        return feeds
    returns = np.flatnonzero(view == _CR)
    # A CR at the very end may be half of a CRLF: it counts only once the file is over.
    inner = returns if returns[-1] < len(data) - 1 else returns[:-1]
    lone = inner[view[inner + 1] != _LF]
    if final and len(inner) < len(returns):
        lone = np.append(lone, returns[-1])
    return np.sort(np.concatenate((feeds, lone))) if len(lone) else feeds


def _all_quotes_enclose(view: NDArray[np.uint8], quotes: Positions, delimiter: str) -> bool:
    """Whether every second quote opens a cell or is the second half of a doubled one.

    Then a byte is inside quotes exactly if an odd number of quotes comes before it.
    """
    opening = quotes[0::2]
    before = view[np.maximum(opening - 1, 0)]
    fits = (opening == 0) | (before == _LF) | (before == _CR) | (before == ord(delimiter))
    fits[1:] |= quotes[1::2][: len(opening) - 1] == opening[1:] - 1
    return bool(fits.all())


def _layout_around_stray_quotes(data: bytes, breaks: Positions, delimiter: str) -> _Layout:
    pattern = _many_lines_cell(delimiter)
    spans: list[tuple[int, int]] = []
    place, is_open = 0, False
    while found := pattern.match(data, place):
        spans.append(found.span(1))
        place, is_open = found.end(), not found[2]
    if not spans:
        return _Layout(breaks, breaks, False)
    lows, highs = np.array(spans, np.int64).T
    span = np.searchsorted(lows, breaks, side="right") - 1
    inside = (span >= 0) & (breaks < highs[span])
    return _Layout(breaks, breaks[~inside], is_open)


def _many_lines_cell(delimiter: str) -> re.Pattern[bytes]:
    """Skips to the next quoted cell that goes over several lines, or is never closed.

    Group 1 is that cell, group 2 its closing quote. All repeats are possessive: linear time.
    """
    ends = re.escape(delimiter.encode()) + rb"\r\n"
    stray = rb'(?<=[^%b])"' % ends
    one_line = rb'(?<![^%b])"(?:[^"\r\n]++|"")*+"' % ends
    skip = rb'(?:[^"]++|%b|%b)*+' % (stray, one_line)
    return re.compile(skip + rb'("(?:[^"]++|"")*+("?))')


def _parted(stretch: Stretch, rows_max: int) -> Iterator[Stretch]:
    """The same records, a bounded number at a time where the place of each is known."""
    layout = stretch.layout
    if layout is None or len(layout.record_breaks) <= rows_max:
        yield stretch
        return
    cuts = layout.record_breaks[rows_max - 1 :: rows_max] + 1
    bounds = [0, *(cut for cut in cuts.tolist() if cut < stretch.used), stretch.used]
    for low, high in pairwise(bounds):
        first, stop = np.searchsorted(layout.breaks, (low, high)).tolist()
        records = np.searchsorted(layout.record_breaks, (low, high)).tolist()
        last = high == stretch.used
        yield replace(
            stretch,
            data=stretch.data[low:high],
            first_line=stretch.first_line + first,
            final=stretch.final and last,
            layout=_Layout(
                layout.breaks[first:stop] - low,
                layout.record_breaks[slice(*records)] - low,
                layout.open and last,
            ),
            bad=stretch.bad[(stretch.bad >= low) & (stretch.bad < high)] - low,
            written=None if stretch.written is None else stretch.written[low:high],
        )


def _is_text(stretch: Stretch) -> bool:
    """Whether the records are UTF-8 without a zero byte."""
    if stretch.data.find(0, 0, stretch.used) >= 0:
        return False
    if stretch.data.isascii():
        return True
    size, data = np.array([0, stretch.used], np.int64), pa.py_buffer(stretch.data)
    try:
        # Five times as fast as decoding it, and nobody wants what that gives.
        pa.LargeStringArray.from_buffers(1, pa.py_buffer(size), data).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _mended(stretch: Stretch) -> Stretch:
    """The same with question marks for bytes that are no text."""
    written = stretch.data[: stretch.used]
    bad = bad_places(written)
    if not len(bad):
        return stretch
    mended = np.frombuffer(written, np.uint8).copy()
    mended[bad] = _MENDED
    return replace(stretch, data=mended.tobytes(), found=None, bad=bad, written=written)
