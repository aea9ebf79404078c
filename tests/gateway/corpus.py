"""Files as people have them: what each must become, whichever way it comes in."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]
Records = dict[int | str, Values]


@dataclass(frozen=True, slots=True)
class Case:
    """A file keyed by ``id``, and the records that it makes in an empty data folder.

    ``rejected`` has the line and the code of each row that is left out.
    """

    title: str
    file: bytes
    records: Records
    name: str = "people.csv"
    types: Mapping[str, str] = field(default_factory=dict)
    rejected: tuple[tuple[int, str], ...] = ()
    repeated: int = 0
    key: str = "id"


ANN_BOB: Records = {1: {"name": "Ann", "city": "Bonn"}, 2: {"name": "Bob", "city": "Rome"}}
ZOE: Records = {1: {"name": "Zoë", "city": "Łódź"}, 2: {"name": "Bob", "city": "Köln"}}
ZOE_TEXT = "id,name,city\n1,Zoë,Łódź\n2,Bob,Köln\n"
JOSE: Records = {1: {"name": "José", "price": "12,50 €"}, 2: {"name": "Bob", "price": "à part"}}
JOSE_TEXT = "id;name;price\n1;José;12,50 €\n2;Bob;à part\n"
LATE_ROWS = 3_000


def _plain(delimiter: str, ending: str = "\n") -> bytes:
    rows = (("id", "name", "city"), ("1", "Ann", "Bonn"), ("2", "Bob", "Rome"))
    return "".join(delimiter.join(row) + ending for row in rows).encode()


CASES = [
    Case("commas", _plain(","), ANN_BOB),
    Case("semicolons", _plain(";"), ANN_BOB),
    Case("tabs", _plain("\t"), ANN_BOB),
    Case("tabs by name", _plain("\t"), ANN_BOB, name="people.tsv"),
    Case("pipes", _plain("|"), ANN_BOB),
    Case("CRLF", _plain(",", "\r\n"), ANN_BOB),
    Case("lone CR", _plain(",", "\r"), ANN_BOB),
    Case("mixed line ends", b"id,name,city\r\n1,Ann,Bonn\r2,Bob,Rome\n", ANN_BOB),
    Case("no line end at the end", _plain(",")[:-1], ANN_BOB),
    Case("blank lines", b"\nid,name,city\n\n1,Ann,Bonn\n\n2,Bob,Rome\n\n", ANN_BOB),
    Case("UTF-8", ZOE_TEXT.encode(), ZOE),
    Case("UTF-8 with its mark", ZOE_TEXT.encode("utf-8-sig"), ZOE),
    Case("UTF-16 with its mark", ZOE_TEXT.encode("utf-16"), ZOE),
    Case("UTF-16 little end first", b"\xff\xfe" + ZOE_TEXT.encode("utf-16-le"), ZOE),
    Case("UTF-16 big end first", b"\xfe\xff" + ZOE_TEXT.encode("utf-16-be"), ZOE),
    Case("UTF-16 without a mark", ZOE_TEXT.encode("utf-16-le"), ZOE),
    Case("Windows-1252", JOSE_TEXT.encode("cp1252"), JOSE),
    Case("Windows-1252 in the header", "id,né\n1,x\n".encode("cp1252"), {1: {"né": "x"}}),
    Case("gzip", gzip.compress(_plain(",")), ANN_BOB, name="people.csv.gz"),
    Case("gzip by content", gzip.compress(_plain(";")), ANN_BOB),
    Case("gzip in two parts", gzip.compress(_plain(",")[:20]) + gzip.compress(_plain(",")[20:]),
         ANN_BOB),
    Case("UTF-16 in gzip", gzip.compress(ZOE_TEXT.encode("utf-16")), ZOE),
    Case("line ends in quotes", b'id,note\n1,"two\nlines"\n2,"two\r\nmore"\n',
         {1: {"note": "two\nlines"}, 2: {"note": "two\r\nmore"}}),
    Case("quotes in quotes", b'id,note\n1,"she said ""no"""\n2,5" pipe\n',
         {1: {"note": 'she said "no"'}, 2: {"note": '5" pipe'}}),
    Case("quotes that come late",
         b"id,note\n" + b"".join(b"%d,x\n" % n for n in range(1, LATE_ROWS)) + b'0,"a,b\nc"\n',
         {0: {"note": "a,b\nc"}, 7: {"note": "x"}}),
    Case("a comma in a quoted header", b'id;"amount, in dollars"\n1;1,5\n2;2,5\n',
         {1: {"amount, in dollars": "1,5"}}),
    Case("a comma in a header", b"id;amount, in dollars\n1;1,5\n2;2,5\n",
         {1: {"amount, in dollars": "1,5"}}),
    Case("names twice, none, padded", b"id, a ,a,,\n1,w,x,y,z\n",
         {1: {"a": "w", "a_2": "x", "column_4": "y", "column_5": "z"}}),
    Case("names that differ in case", b"id,Id,ID\n1,2,3\n", {1: {"Id": 2, "ID": 3}}),
    Case("leading zeros", b"id,zip,phone\n1,01067,0049151\n2,10115,+49151\n",
         {1: {"zip": "01067", "phone": "0049151"}, 2: {"zip": "10115", "phone": "+49151"}}),
    Case("leading zeros in the key", b"id,x\n007,1\n7,2\n", {"007": {"x": 1}, "7": {"x": 2}}),
    Case("keys twice", b"id,x\n1,a\n2,b\n1,c\n1,d\n", {1: {"x": "d"}, 2: {"x": "b"}}, repeated=2),
    Case("rows too short and too long", b"id,x,y\n1,a,b\n2,a\n3,a,b,c\n4,a,b\n",
         {1: {"x": "a", "y": "b"}, 4: {"x": "a", "y": "b"}},
         rejected=((3, "too_few_columns"), (4, "too_many_columns"))),
    Case("zero bytes", b"id,x\n1,a\n2,b\0c\n3,d\n", {1: {"x": "a"}, 3: {"x": "d"}},
         rejected=((3, "bad_encoding"),)),
    Case("bytes that are no UTF-8", b"id,x\n1,a\n2,\xff\xfe\n3,\xc3\x28\n4,d\n",
         {1: {"x": "a"}, 4: {"x": "d"}}, rejected=((3, "bad_encoding"), (4, "bad_encoding"))),
    Case("half a character among UTF-8", "id,x\n1,Zoë\n2,Łódź\n".encode() + b"3,Zo\xc3\n4,d\n",
         {1: {"x": "Zoë"}, 4: {"x": "d"}}, rejected=((4, "bad_encoding"),)),
    Case("empty and quoted empty cells", b'id,x,n\n1,,\n2,"",5\n',
         {1: {"x": None, "n": None}, 2: {"x": "", "n": 5}}),
    Case("words for nothing", b"id,x\n1,NULL\n2,N/A\n", {1: {"x": "NULL"}, 2: {"x": "N/A"}}),
    Case("rare decimals",
         b"id,x\n" + b"".join(b"%d,1\n" % n for n in range(LATE_ROWS)) + b"-1,.5\n",
         {0: {"x": "1.0"}, -1: {"x": "0.5"}}),
    Case("bools in any case", b"id,x\n1,TRUE\n2,False\n", {1: {"x": True}, 2: {"x": False}}),
    Case("yes and no are words", b"id,x\n1,yes\n2,no\n", {1: {"x": "yes"}}),
    Case("ISO dates", b"id,d,t\n1,2025-03-04,2025-03-04 10:30\n",
         {1: {"d": "2025-03-04", "t": "2025-03-04T10:30:00Z"}}),
    Case("dates that nobody declares stay text", b"id,d\n1,31/12/2024\n", {1: {"d": "31/12/2024"}}),
    Case("days first by a value", b"id,d\n1,03/04/2025\n2,31/12/2024\n",
         {1: {"d": "2025-04-03"}, 2: {"d": "2024-12-31"}}, types={"d": "date"}),
    Case("months first by a value", b"id,d\n1,03/04/2025\n2,12/31/2024\n",
         {1: {"d": "2025-03-04"}, 2: {"d": "2024-12-31"}}, types={"d": "date"}),
    Case("an order for each column", b"id,a,b\n1,3/4/2025,3/4/2025 09:05\n2,31/1/2025,1/31/2025\n",
         {1: {"a": "2025-04-03", "b": "2025-03-04T09:05:00Z"},
          2: {"a": "2025-01-31", "b": "2025-01-31T00:00:00Z"}},
         types={"a": "date", "b": "timestamp"}),
    Case("a day that cannot be", b"id,d\n1,31/12/2024\n2,31/11/2024\n3,13/13/2024\n",
         {1: {"d": "2024-12-31"}}, types={"d": "date"},
         rejected=((3, "wrong_type"), (4, "wrong_type"))),
    Case("dotted dates have the day first", b"id,d\n1,03.04.2025\n", {1: {"d": "2025-04-03"}},
         types={"d": "date"}),
    Case("JSON lines", b'{"id": 1, "name": "Ann"}\n{"id": 2, "name": "Bob"}\n',
         {1: {"name": "Ann"}, 2: {"name": "Bob"}}, name="people.jsonl"),
    Case("JSON lines of bad text", b'{"id": 1, "x": "a"}\n{"id": 2, "x": "\xff"}\n[3]\n',
         {1: {"x": "a"}}, name="people.jsonl",
         rejected=((2, "bad_encoding"), (3, "bad_json"))),
]  # fmt: skip
