-- Receipts, see receipt.rs. What is read counts as delivered, so this one may be behind `read_up_to`.
ALTER TABLE members ADD COLUMN delivered_up_to INTEGER NOT NULL DEFAULT 0;
-- How far somebody had read when they moved `read_up_to` back: once read is read for the others.
ALTER TABLE members ADD COLUMN seen_up_to INTEGER NOT NULL DEFAULT 0;
-- The newest message when they joined, which counts as read for themselves and not for the others.
ALTER TABLE members ADD COLUMN joined_after INTEGER NOT NULL DEFAULT 0;
UPDATE members SET joined_after = joined.after
FROM (
    SELECT conversation, user, max(after) AS after FROM membership_changes WHERE joined
    GROUP BY conversation, user
) joined
WHERE members.conversation = joined.conversation AND members.user = joined.user;

-- When somebody's last connection ended; unknown if null.
ALTER TABLE users ADD COLUMN last_seen_at INTEGER;
