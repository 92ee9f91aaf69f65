-- Who joined a group and who left, and after which of its messages: lines of its history, which are no
-- messages. `number` counts them within a conversation.
CREATE TABLE membership_changes (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    after        INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    user         BLOB    NOT NULL REFERENCES users (id),
    joined       INTEGER NOT NULL,       -- else they left
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, after, number)
) STRICT, WITHOUT ROWID;

-- Whether somebody wants to be left alone by a conversation.
ALTER TABLE members ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
