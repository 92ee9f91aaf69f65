-- Whom a message mentions: their ids one after the other. 16 zeros stand for everybody in the group.
ALTER TABLE messages ADD COLUMN mentions BLOB;

-- The same for those who did not write it, to count what is unread: with everybody, a row for each of them.
CREATE TABLE mentions (
    conversation INTEGER NOT NULL,
    user         BLOB    NOT NULL REFERENCES users (id),
    seq          INTEGER NOT NULL,
    PRIMARY KEY (conversation, user, seq),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
) STRICT, WITHOUT ROWID;
