-- What all servers on this database share. One row, which the first that starts makes (see installation.rs); without
-- it, the next start makes another one.
CREATE TABLE installation (
    only_row    BOOLEAN NOT NULL PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    id          BYTEA   NOT NULL CHECK (length(id) = 16),
    signing_key BYTEA   NOT NULL CHECK (length(signing_key) = 32)  -- whoever knows it can be anybody
);

-- Nobody but the owner reads it, not even those who may read every new table by default (a role for reports).
DO $$
DECLARE reader OID;
BEGIN
    FOR reader IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = 'installation'::regclass AND a.grantee != c.relowner
    LOOP
        EXECUTE 'REVOKE ALL ON installation FROM '
            || CASE reader WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(reader)) END;
    END LOOP;
END $$;
