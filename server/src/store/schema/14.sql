-- Who added a member to a group; null if they made it or joined by themselves, and for those of before. See group.rs.
ALTER TABLE members ADD COLUMN added_by BLOB;
-- Counts for each person to how many groups others have added them.
CREATE INDEX members_added ON members (user, added_by) WHERE added_by IS NOT NULL;
