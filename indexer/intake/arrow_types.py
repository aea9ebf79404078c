"""How a field's stored form looks in Arrow. The one table that intake and the index share."""

import pyarrow as pa

from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import Field, FieldType

KEY_COLUMN: FieldName = KEY_FIELD
"""Name of the column that holds the record keys: int64 for int keys, string for keyword keys."""

_ARROW: dict[FieldType, pa.DataType] = {
    FieldType.BOOL: pa.bool_(),
    FieldType.INT: pa.int64(),
    FieldType.DECIMAL: pa.int64(),
    FieldType.FLOAT: pa.float64(),
    FieldType.DATE: pa.date32(),
    FieldType.TIMESTAMP: pa.timestamp("us"),
    FieldType.KEYWORD: pa.string(),
    FieldType.TEXT: pa.string(),
    FieldType.SET: pa.list_(pa.string()),
}


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type of the field's column.

    A decimal is int64 in units of ``10 ** -scale``; a float is never NaN; a timestamp has no
    zone and means UTC; keyword and text are in NFC; the members of a set are in NFC, sorted by
    code point and unique. Strings, those in sets too, may come as dictionaries.
    """
    return _ARROW[field.type]
