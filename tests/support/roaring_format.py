"""The 64-bit portable Roaring format, read and written from its specification and nothing else.

Slow and plain, number by number: a second opinion on ``evaluator.roaring``, with which it shares no
line. The words are those of RoaringFormatSpec and of its extension to 64 bits.
"""

import struct
from collections.abc import Iterable


def written(numbers: Iterable[int], *, runs: bool = False) -> bytes:
    """The format of these numbers; with ``runs``, every container is one of runs."""
    buckets: dict[int, list[int]] = {}
    for number in sorted(set(numbers)):
        buckets.setdefault(number >> 32, []).append(number & 0xFFFF_FFFF)
    out = struct.pack("<Q", len(buckets))
    for high, low in buckets.items():
        out += struct.pack("<I", high) + _written_32(low, runs=runs)
    return out


def read(data: bytes) -> list[int]:
    """The numbers in a file that is known to be good."""
    (buckets,) = struct.unpack_from("<Q", data)
    place, found = 8, []
    for _ in range(buckets):
        (high,) = struct.unpack_from("<I", data, place)
        numbers, place = _read_32(data, place + 4)
        found += [high << 32 | number for number in numbers]
    assert place == len(data), "nothing follows"
    return found


def _written_32(numbers: list[int], *, runs: bool) -> bytes:
    containers: dict[int, list[int]] = {}
    for number in numbers:
        containers.setdefault(number >> 16, []).append(number & 0xFFFF)
    if runs:
        head = struct.pack("<I", 12347 | (len(containers) - 1) << 16)
        marks = bytearray((len(containers) + 7) // 8)
        for place in range(len(containers)):
            marks[place // 8] |= 1 << place % 8
        head += bytes(marks)
    else:
        head = struct.pack("<II", 12346, len(containers))
    for key, members in containers.items():
        head += struct.pack("<HH", key, len(members) - 1)
    bodies = [_as_runs(each) if runs else _plain(each) for each in containers.values()]
    if not runs or len(containers) >= 4:
        start = len(head) + 4 * len(containers)
        for body in bodies:
            head += struct.pack("<I", start)
            start += len(body)
    return head + b"".join(bodies)


def _plain(members: list[int]) -> bytes:
    if len(members) <= 4096:
        return struct.pack(f"<{len(members)}H", *members)
    bits = 0
    for member in members:
        bits |= 1 << member
    return bits.to_bytes(8192, "little")


def _as_runs(members: list[int]) -> bytes:
    runs: list[list[int]] = []
    for member in members:
        if runs and runs[-1][1] == member - 1:
            runs[-1][1] = member
        else:
            runs.append([member, member])
    out = struct.pack("<H", len(runs))
    return out + b"".join(struct.pack("<HH", first, last - first) for first, last in runs)


def _read_32(data: bytes, begin: int) -> tuple[list[int], int]:
    (cookie,) = struct.unpack_from("<I", data, begin)
    if cookie == 12346:
        (count,) = struct.unpack_from("<I", data, begin + 4)
        marks, place = 0, begin + 8
    else:
        count = (cookie >> 16) + 1
        size = (count + 7) // 8
        marks = int.from_bytes(data[begin + 4 : begin + 4 + size], "little")
        place = begin + 4 + size
    heads = [struct.unpack_from("<HH", data, place + 4 * each) for each in range(count)]
    place += 4 * count
    if cookie == 12346 or count >= 4:
        offsets = struct.unpack_from(f"<{count}I", data, place)
        place += 4 * count
    else:
        offsets = ()
    found: list[int] = []
    for each, (key, less) in enumerate(heads):
        assert not offsets or begin + offsets[each] == place
        members, place = _container(data, place, less + 1, runs=bool(marks >> each & 1))
        assert len(members) == less + 1
        found += [key << 16 | member for member in members]
    return found, place


def _container(data: bytes, place: int, size: int, *, runs: bool) -> tuple[list[int], int]:
    if runs:
        (count,) = struct.unpack_from("<H", data, place)
        pairs = [struct.unpack_from("<HH", data, place + 2 + 4 * each) for each in range(count)]
        members = [first + more for first, length in pairs for more in range(length + 1)]
        return members, place + 2 + 4 * count
    if size <= 4096:
        return list(struct.unpack_from(f"<{size}H", data, place)), place + 2 * size
    bits = int.from_bytes(data[place : place + 8192], "little")
    return [bit for bit in range(65536) if bits >> bit & 1], place + 8192
