-- Who made a group, and under which clientId, so that a repetition makes none.
ALTER TABLE groups ADD COLUMN creator BLOB REFERENCES users (id);
ALTER TABLE groups ADD COLUMN client_id TEXT;
CREATE UNIQUE INDEX groups_client_id ON groups (creator, client_id) WHERE client_id IS NOT NULL;
