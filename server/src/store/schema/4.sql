-- How often the refresh token was changed, and whether somebody has shown that they got the newest:
-- until then the one before it is still accepted.
ALTER TABLE sessions ADD COLUMN rotation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 1;

-- Which token was given for which: a token that is renewed again later was copied. Tokens are named
-- by 16 bytes of their SHA-256.
CREATE TABLE renewals (
    session    BLOB    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    successor  BLOB    NOT NULL,
    token      BLOB    NOT NULL,
    renewed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,           -- when the successor does
    confirmed  INTEGER NOT NULL DEFAULT 0, -- somebody has used the successor
    replaced   INTEGER NOT NULL DEFAULT 0, -- nobody got the successor: another one was given
    PRIMARY KEY (session, successor)
) STRICT, WITHOUT ROWID;
