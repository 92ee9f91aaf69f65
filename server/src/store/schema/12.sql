-- The role of each member of a group: 0 member, 1 admin, 2 owner. See role.rs.
ALTER TABLE members ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
-- The first of a group in this order is its owner: who has the role, or who follows.
CREATE INDEX members_role ON members (conversation, role DESC, joined_at, user);
CREATE UNIQUE INDEX members_owner ON members (conversation) WHERE role = 2;

-- Groups of before: whoever made one owns it, or if they have left, who has been in it for longest.
UPDATE members SET role = 2 WHERE (conversation, user) IN (
    SELECT g.conversation, coalesce(
        (SELECT m.user FROM members m WHERE m.conversation = g.conversation AND m.user = g.creator),
        (SELECT m.user FROM members m WHERE m.conversation = g.conversation ORDER BY m.joined_at, m.user LIMIT 1))
    FROM groups g
);

-- Who is kept out of a group.
CREATE TABLE bans (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    user         BLOB    NOT NULL REFERENCES users (id),
    banned_by    BLOB    NOT NULL REFERENCES users (id),
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;

-- Who did it, if it was somebody else: removed a member, deleted a message.
ALTER TABLE membership_changes ADD COLUMN removed_by BLOB;
ALTER TABLE messages ADD COLUMN deleted_by BLOB;

-- Messages that mention everybody in a large group, to count what is unread: one row instead of one for each
-- member in `mentions`.
CREATE TABLE mentions_of_all (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    sender       BLOB    NOT NULL REFERENCES users (id),
    PRIMARY KEY (conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
) STRICT, WITHOUT ROWID;
