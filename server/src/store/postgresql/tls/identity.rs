//! What Parlance shows to a PostgreSQL that asks for a certificate: `sslcert` and `sslkey` in the address. The rules for
//! who may read the key are libpq's.

use std::{
    fmt,
    fs::{self, File, Metadata},
    io::Read as _,
    path::{Path, PathBuf},
};

use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// A certificate, perhaps with those that lead to an authority, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    certificate: PathBuf,
    key: PathBuf,
}

impl Identity {
    /// Both are named, or none. The error is a sentence, here and below.
    pub(super) fn of(certificate: Option<&str>, key: Option<&str>) -> Result<Option<Self>, String> {
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                Ok(Some(Self { certificate: certificate.into(), key: key.into() }))
            }
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err("The address names a certificate (sslcert) and not its key. Name the file with the \
                                    key in sslkey."
                    .to_owned())
            }
            (None, Some(_)) => {
                Err("The address names a key (sslkey) and not the certificate that it belongs to. Name \
                                    the file with the certificate in sslcert."
                    .to_owned())
            }
        }
    }

    pub(super) fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
        Ok((self.read_certificates()?, self.read_key()?))
    }

    fn read_certificates(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let unusable = |cause: &dyn fmt::Display| unusable("sslcert", &self.certificate, cause);
        let text = fs::read(&self.certificate).map_err(|error| unusable(&error))?;
        let certificates = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| unusable(&error))?;
        if certificates.is_empty() {
            return Err(unusable(&"there is no certificate in it"));
        }
        Ok(certificates)
    }

    fn read_key(&self) -> Result<PrivateKeyDer<'static>, String> {
        let path = self.key.display();
        let unusable = |cause: &dyn fmt::Display| unusable("sslkey", &self.key, cause);
        let mut file = File::open(&self.key).map_err(|error| unusable(&error))?;
        // What is asked is the file that is read, even if another one takes its place meanwhile.
        let about = file.metadata().map_err(|error| unusable(&error))?;
        if !about.is_file() {
            return Err(unusable(&"it is not a file"));
        }
        if is_open_to_others(&about) {
            return Err(format!(
                "Others can read the key in {path}, or change it, so Parlance does not use it. Leave it to its owner \
                 alone (`chmod 600 {path}`); if it belongs to root, its group may read it, too (640)."
            ));
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|error| unusable(&error))?;
        if is_encrypted(&text) {
            return Err(format!(
                "The key in {path} is encrypted, and nobody is there to be asked for its password. Write it into a \
                 file without one, which its owner alone can read (`openssl pkey -in {path} -out FILE`), and name that \
                 in sslkey."
            ));
        }
        PrivateKeyDer::from_pem_slice(&text).map_err(|_| unusable(&"there is no private key in it"))
    }

    /// The two do not belong together, or are of a kind that is not known.
    pub(super) fn unusable(&self, cause: &dyn fmt::Display) -> String {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        format!(
            "The certificate {certificate} and the key {key} in the address cannot be used together: {cause}."
        )
    }
}

pub(super) fn unusable(option: &str, path: &Path, cause: &dyn fmt::Display) -> String {
    let cause = cause.to_string();
    let cause = cause.trim_end_matches('.');
    format!("Parlance cannot use the file {} in {option}: {cause}.", path.display())
}

/// Root's key may be read by a group, so that services of several users can share it.
#[cfg(unix)]
fn is_open_to_others(about: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let forbidden = if about.uid() == 0 { 0o037 } else { 0o077 };
    about.mode() & forbidden != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}

/// Whether it is in one of the two forms in which OpenSSL writes an encrypted key.
fn is_encrypted(text: &[u8]) -> bool {
    let lines = String::from_utf8_lossy(text);
    lines.lines().any(|line| {
        line == "-----BEGIN ENCRYPTED PRIVATE KEY-----" || line.trim_end() == "Proc-Type: 4,ENCRYPTED"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scratch;

    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        set_mode(path, 0o600);
    }

    fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn both_are_named_or_none() {
        assert_eq!(Identity::of(None, None), Ok(None));
        assert!(Identity::of(Some("a"), Some("b")).unwrap().is_some());
        assert!(Identity::of(Some("a"), None).unwrap_err().ends_with("in sslkey."));
        assert!(Identity::of(None, Some("b")).unwrap_err().ends_with("in sslcert."));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_a_sentence() {
        let folder = scratch();
        let [certificate, key] = ["one.crt", "one.key"].map(|name| folder.path().join(name));
        let identity = Identity { certificate: certificate.clone(), key: key.clone() };
        let pair = rcgen::generate_simple_self_signed(["parlance".to_owned()]).unwrap();
        let sentence = identity.read().unwrap_err();
        assert!(sentence.contains("one.crt in sslcert: No such file"), "{sentence}");
        fs::write(&certificate, "nothing").unwrap();
        assert!(identity.read().unwrap_err().ends_with("in sslcert: there is no certificate in it."));
        fs::write(&certificate, pair.cert.pem()).unwrap();
        let sentence = identity.read().unwrap_err();
        assert!(sentence.contains("one.key in sslkey: No such file"), "{sentence}");
        write(&key, "nothing");
        assert!(identity.read().unwrap_err().ends_with("in sslkey: there is no private key in it."));
        for encrypted in [
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB\n",
        ] {
            write(&key, encrypted);
            let sentence = identity.read().unwrap_err();
            assert!(
                sentence.contains("one.key is encrypted") && sentence.ends_with("in sslkey."),
                "{sentence}"
            );
        }
        write(&key, &pair.signing_key.serialize_pem());
        assert!(identity.read().is_ok());
        let elsewhere = Identity { key: folder.path().to_owned(), ..identity };
        assert!(elsewhere.read().unwrap_err().ends_with("in sslkey: it is not a file."));
    }

    #[test]
    fn a_key_that_others_can_read_is_not_used() {
        use std::os::unix::fs::MetadataExt as _;

        let folder = scratch();
        let [certificate, key] = ["one.crt", "one.key"].map(|name| folder.path().join(name));
        let identity = Identity { certificate: certificate.clone(), key: key.clone() };
        let pair = rcgen::generate_simple_self_signed(["parlance".to_owned()]).unwrap();
        fs::write(&certificate, pair.cert.pem()).unwrap();
        write(&key, &pair.signing_key.serialize_pem());
        let is_roots = fs::metadata(&key).unwrap().uid() == 0;
        for (mode, is_used) in
            [(0o600, true), (0o400, true), (0o640, is_roots), (0o660, false), (0o604, false), (0o644, false)]
        {
            set_mode(&key, mode);
            let read = identity.read();
            assert_eq!(read.is_ok(), is_used, "{mode:o}");
            if let Err(sentence) = read {
                assert!(sentence.starts_with("Others can read the key in "), "{sentence}");
                assert!(sentence.contains("(`chmod 600 "), "{sentence}");
            }
        }
    }
}
