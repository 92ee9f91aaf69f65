-- Roles, bans, and `@all` in large groups. See schema/12.sql. Servers of before go on meanwhile: for them, everybody
-- is a member.
ALTER TABLE members ADD COLUMN role BIGINT NOT NULL DEFAULT 0;
CREATE INDEX members_role ON members (conversation, role DESC, joined_at, "user");
CREATE UNIQUE INDEX members_owner ON members (conversation) WHERE role = 2;

UPDATE members SET role = 2 WHERE (conversation, "user") IN (
    SELECT g.conversation, coalesce(
        (SELECT m.user FROM members m WHERE m.conversation = g.conversation AND m.user = g.creator),
        (SELECT m.user FROM members m WHERE m.conversation = g.conversation ORDER BY m.joined_at, m.user LIMIT 1))
    FROM groups g
);

CREATE TABLE bans (
    conversation BIGINT NOT NULL REFERENCES conversations (id),
    "user"       BYTEA  NOT NULL REFERENCES users (id),
    banned_by    BYTEA  NOT NULL REFERENCES users (id),
    at           BIGINT NOT NULL,
    PRIMARY KEY (conversation, "user")
);

-- No references: to add one, PostgreSQL reads the whole table while everybody waits.
ALTER TABLE membership_changes ADD COLUMN removed_by BYTEA;
ALTER TABLE messages ADD COLUMN deleted_by BYTEA;

CREATE TABLE mentions_of_all (
    conversation BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    sender       BYTEA  NOT NULL REFERENCES users (id),
    PRIMARY KEY (conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
);
