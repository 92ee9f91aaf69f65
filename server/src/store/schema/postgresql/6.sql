-- Who added a member to a group. See schema/14.sql. For a server of before, everybody has joined by themselves. No
-- reference: to add one, PostgreSQL reads the whole table while everybody waits.
ALTER TABLE members ADD COLUMN added_by BYTEA;
CREATE INDEX members_added ON members ("user", added_by) WHERE added_by IS NOT NULL;
