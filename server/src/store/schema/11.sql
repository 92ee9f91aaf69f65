-- How often somebody marked something in a conversation as unread: of two marks of how far they have read,
-- the one with the greater number is newer.
ALTER TABLE members ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
