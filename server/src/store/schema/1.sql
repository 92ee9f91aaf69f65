-- Ids are 16 bytes that sort by their time of making. Times are milliseconds since 1970, UTC.

CREATE TABLE users (
    id         BLOB    NOT NULL PRIMARY KEY,
    username   TEXT    NOT NULL,
    folded     TEXT    NOT NULL UNIQUE,  -- the name without regard to case
    password   TEXT    NOT NULL,         -- argon2id, as a PHC string
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id         BLOB    NOT NULL PRIMARY KEY,
    user       BLOB    NOT NULL REFERENCES users (id),
    refresh    BLOB    NOT NULL,         -- SHA-256 of the refresh token
    previous   BLOB,                     -- and of the one before
    rotated_at INTEGER NOT NULL,         -- when `previous` gave way to `refresh`
    created_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_live ON sessions (user) WHERE ended_at IS NULL;

-- One row a private conversation, keyed by its two people in the order of their ids (the same
-- one twice for notes to oneself), and one a group.
CREATE TABLE conversations (
    id         INTEGER PRIMARY KEY,
    low        BLOB REFERENCES users (id),
    high       BLOB REFERENCES users (id),
    head       INTEGER NOT NULL DEFAULT 0,  -- the seq of the newest message
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX conversations_private ON conversations (low, high) WHERE low IS NOT NULL;

CREATE TABLE groups (
    id           BLOB    NOT NULL PRIMARY KEY,
    conversation INTEGER NOT NULL UNIQUE REFERENCES conversations (id),
    name         TEXT    NOT NULL,
    folded       TEXT    NOT NULL,
    public       INTEGER NOT NULL,
    members      INTEGER NOT NULL,       -- how many there are
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX groups_public ON groups (folded, id) WHERE public;

CREATE TABLE members (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    user         BLOB    NOT NULL REFERENCES users (id),
    read_up_to   INTEGER NOT NULL,
    joined_at    INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_user ON members (user);

-- A page of history is one range of the primary key.
CREATE TABLE messages (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    seq          INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    sender       BLOB    NOT NULL REFERENCES users (id),
    client_id    TEXT,
    content      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX messages_client_id ON messages (sender, client_id) WHERE client_id IS NOT NULL;
