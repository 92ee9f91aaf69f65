-- Corrections that changed nothing. See schema/13.sql. A server of before does not look here.
CREATE TABLE unchanged_edits (
    editor       BYTEA  NOT NULL REFERENCES users (id),
    client_id    TEXT   COLLATE "C" NOT NULL,
    conversation BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    PRIMARY KEY (editor, client_id),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
);

CREATE INDEX unchanged_edits_message ON unchanged_edits (conversation, seq);
