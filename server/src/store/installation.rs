//! What all servers on one PostgreSQL database share: the installation's id, and the key that signs tokens.

use postgres::{Client, Row};

use super::{
    db::{DbError, Result},
    postgresql::{Address, Connection},
};
use crate::{auth::key::SigningKey, error::StartError};

/// Names an installation: 16 random bytes.
pub(crate) type InstallationId = [u8; 16];

/// The one row of the table. It has no `Debug`, so that the key is in no log.
#[derive(Clone, Copy)]
pub(super) struct Installation {
    pub(super) id: InstallationId,
    pub(super) signing_key: SigningKey,
}

/// Reads it. If nobody has started on the database before, it is made, with the key that is proposed: of several
/// servers that start at once, all get what the first one wrote. This waits, and must not be done in a task.
pub(super) fn join(
    address: &Address,
    propose: impl FnOnce() -> Result<SigningKey, StartError>,
) -> Result<Installation, StartError> {
    let trouble = |error: DbError| StartError::Postgresql(address.trouble(&error));
    let mut client = address.connect().and_then(Connection::into_client).map_err(trouble)?;
    if let Some(installation) = read(&mut client).map_err(trouble)? {
        return Ok(installation);
    }
    let (id, signing_key) = (random_id()?, propose()?);
    let insert = "INSERT INTO installation (id, signing_key) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    client.execute(insert, &[&&id[..], &&signing_key[..]]).map_err(|error| trouble(error.into()))?;
    read(&mut client).and_then(|found| found.ok_or(DbError::NoRow)).map_err(trouble)
}

/// Puts a key in the place of the one that is there, if there is one, and else an installation with this id. Returns what is there then.
pub(super) fn put_key(client: &mut Client, id: InstallationId, key: SigningKey) -> Result<SigningKey> {
    let put = "INSERT INTO installation (id, signing_key) VALUES ($1, $2)
               ON CONFLICT (only_row) DO UPDATE SET signing_key = excluded.signing_key";
    client.execute(put, &[&&id[..], &&key[..]])?;
    Ok(read(client)?.ok_or(DbError::NoRow)?.signing_key)
}

fn read(client: &mut Client) -> Result<Option<Installation>> {
    let row = client.query_opt("SELECT id, signing_key FROM installation", &[])?;
    row.map(|row| Ok(Installation { id: bytes(&row, "id")?, signing_key: bytes(&row, "signing_key")? }))
        .transpose()
}

fn bytes<const N: usize>(row: &Row, column: &str) -> Result<[u8; N]> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| DbError::Unreadable(format!("{column} has another length").into()))
}

pub(super) fn random_id() -> Result<InstallationId, StartError> {
    let mut id = InstallationId::default();
    getrandom::fill(&mut id).map_err(|error| StartError::Random(error.to_string()))?;
    Ok(id)
}
