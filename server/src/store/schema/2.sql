-- When a session was last started, refreshed or renewed: what is long past is deleted.
ALTER TABLE sessions ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET used_at = rotated_at;
CREATE INDEX sessions_used ON sessions (used_at);
