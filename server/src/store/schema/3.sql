-- Names that look alike: one of them at most is taken. See auth/name.rs.
CREATE TABLE looks (
    look TEXT NOT NULL PRIMARY KEY,
    user BLOB NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;

-- Every end of every name, and the whole of it, to search in. See search.rs.
CREATE TABLE user_parts (
    part TEXT NOT NULL,
    user BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (part, user)
) STRICT, WITHOUT ROWID;

-- Of public groups only: nobody finds another one.
CREATE TABLE group_parts (
    part     TEXT NOT NULL,
    group_id BLOB NOT NULL REFERENCES groups (id),
    PRIMARY KEY (part, group_id)
) STRICT, WITHOUT ROWID;
