-- Segments and all versions of their definitions, which are packed: JSON of a condition, or for a
-- list its keys. Times are microseconds since 1970.
CREATE TABLE segments (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    dataset TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('rule', 'list')),
    segment TEXT NOT NULL
) STRICT;
CREATE INDEX segments_by_dataset ON segments (dataset, kind);

CREATE TABLE segment_versions (
    segment TEXT NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    version TEXT NOT NULL,
    definition BLOB NOT NULL,
    PRIMARY KEY (segment, number)
) STRICT;
