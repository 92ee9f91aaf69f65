-- Corrections that changed nothing, because the message had this text already: one that is sent again with its
-- client_id must not undo what was written meanwhile.
CREATE TABLE unchanged_edits (
    editor       BLOB    NOT NULL REFERENCES users (id),
    client_id    TEXT    NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    rev          INTEGER NOT NULL,       -- that of the conversation then: what changed the text later has a greater one
    PRIMARY KEY (editor, client_id),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX unchanged_edits_message ON unchanged_edits (conversation, seq);
