-- A conversation counts its changes: a new message, a correction, a deletion, a reaction, a pin.
ALTER TABLE conversations ADD COLUMN rev INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN change_id BLOB;  -- of the last change, unless that was a sending
UPDATE conversations SET rev = head;

ALTER TABLE messages ADD COLUMN born INTEGER;         -- the rev that its sending made; as `seq` if null
ALTER TABLE messages ADD COLUMN rev INTEGER;          -- that of its last change, if it was changed
ALTER TABLE messages ADD COLUMN change_id BLOB;
ALTER TABLE messages ADD COLUMN edited_at INTEGER;
ALTER TABLE messages ADD COLUMN deleted_at INTEGER;
ALTER TABLE messages ADD COLUMN pinned_at INTEGER;
ALTER TABLE messages ADD COLUMN reactions TEXT;       -- as JSON, as the protocol has them
ALTER TABLE messages ADD COLUMN reply_to INTEGER;     -- a seq of the same conversation

CREATE UNIQUE INDEX messages_id ON messages (id);
-- The others were born later, the later they stand.
CREATE UNIQUE INDEX messages_changed ON messages (conversation, rev) WHERE rev IS NOT NULL;
CREATE INDEX messages_deleted ON messages (conversation, seq) WHERE deleted_at IS NOT NULL;
CREATE INDEX messages_pinned ON messages (conversation, pinned_at) WHERE pinned_at IS NOT NULL;

-- Which change made which rev, if it was not a sending: so a client finds out that what it holds is not in
-- this history, because a backup was restored.
CREATE TABLE changes (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    rev          INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    PRIMARY KEY (conversation, rev)
) STRICT, WITHOUT ROWID;

-- The texts that a message had before, the oldest first. When it is deleted, so are they; the rows stay,
-- so that no correction is carried out twice.
CREATE TABLE edits (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    rev          INTEGER NOT NULL,       -- that of the correction
    content      TEXT    NOT NULL,       -- what was replaced
    at           INTEGER NOT NULL,
    editor       BLOB    NOT NULL REFERENCES users (id),
    client_id    TEXT,
    PRIMARY KEY (conversation, seq, rev),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX edits_client_id ON edits (editor, client_id) WHERE client_id IS NOT NULL;
