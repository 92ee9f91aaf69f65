-- The servers that use this database together, and when each was there last, by the database's clock.
CREATE TABLE nodes (
    id      BIGINT      NOT NULL PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
);
