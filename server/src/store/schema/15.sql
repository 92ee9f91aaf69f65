-- Messages in the order of their sending. A new one is written at the table's end, whatever its conversation: a commit
-- of many writes far fewer pages than if each conversation grew in the middle of the table. Nothing refers to `number`.
CREATE TABLE messages_in_order (
    number       INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    seq          INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    sender       BLOB    NOT NULL REFERENCES users (id),
    client_id    TEXT,
    content      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    born         INTEGER,                -- the rev that its sending made; as `seq` if null
    rev          INTEGER,                -- that of its last change, if it was changed
    change_id    BLOB,
    edited_at    INTEGER,
    deleted_at   INTEGER,
    deleted_by   BLOB,                   -- who did it, if it was somebody else
    pinned_at    INTEGER,
    reactions    TEXT,                   -- as JSON, as the protocol has them
    reply_to     INTEGER,                -- a seq of the same conversation
    mentions     BLOB                    -- ids one after the other; 16 zeros stand for everybody in the group
) STRICT;

INSERT INTO messages_in_order (
    conversation, seq, id, sender, client_id, content, created_at, born, rev, change_id, edited_at, deleted_at, deleted_by,
    pinned_at, reactions, reply_to, mentions
)
SELECT conversation, seq, id, sender, client_id, content, created_at, born, rev, change_id, edited_at, deleted_at, deleted_by,
       pinned_at, reactions, reply_to, mentions
FROM messages ORDER BY id;

DROP TABLE messages;
ALTER TABLE messages_in_order RENAME TO messages;

CREATE UNIQUE INDEX messages_place ON messages (conversation, seq);
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE UNIQUE INDEX messages_client_id ON messages (sender, client_id) WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX messages_changed ON messages (conversation, rev) WHERE rev IS NOT NULL;
CREATE INDEX messages_deleted ON messages (conversation, seq) WHERE deleted_at IS NOT NULL;
CREATE INDEX messages_pinned ON messages (conversation, pinned_at) WHERE pinned_at IS NOT NULL;
