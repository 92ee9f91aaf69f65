//! The signing key: 32 random bytes in the data directory, made at the first start.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use crate::error::StartError;

const FILE: &str = "signing.key";

pub(crate) type SigningKey = [u8; 32];

/// Makes the data directory and the key in it where they are missing, and reads the key.
pub(crate) fn read_or_make(data_dir: &Path) -> Result<SigningKey, StartError> {
    let unusable = |cause| StartError::DataDir { path: data_dir.to_owned(), cause };
    fs::create_dir_all(data_dir).map_err(unusable)?;
    let path = data_dir.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| StartError::SigningKey(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = SigningKey::default();
            getrandom::fill(&mut key).map_err(|error| StartError::Random(error.to_string()))?;
            write(data_dir, &key).map_err(unusable)?;
            Ok(key)
        }
        Err(error) => Err(unusable(error)),
    }
}

/// Under another name first, so that a crash leaves no half of a key.
fn write(data_dir: &Path, key: &SigningKey) -> io::Result<()> {
    let unfinished = data_dir.join("signing.key.new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(unfinished, data_dir.join(FILE))
}
