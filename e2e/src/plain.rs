//! A plain `socket.io` server on Node, over TLS (`e2e/interop/plain.mjs`).

use std::{fs, path::Path, process::Command};

use anyhow::Result;
use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::{interop_packages, program::Running, target};

/// The server ends when this is dropped.
pub struct PlainServer {
    url: String,
    certificate: String,
    _node: Running,
}

impl PlainServer {
    /// Starts it, with a certificate of its own for `localhost`, and perhaps with a page.
    pub fn start(name: &str, page: Option<&Path>) -> Result<Self> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let folder = target().join("e2e").join(name);
        fs::create_dir_all(&folder)?;
        let files = [folder.join("certificate.pem"), folder.join("key.pem")];
        fs::write(&files[0], cert.pem())?;
        fs::write(&files[1], signing_key.serialize_pem())?;
        let mut node = Command::new("node");
        node.current_dir(interop_packages()?).arg("plain.mjs").args(&files).args(page);
        let mut node = Running::start(&mut node)?;
        let url =
            node.wait_for("its address", |line| Some(line.strip_prefix("listening on ")?.to_owned()))?;
        Ok(Self { url, certificate: cert.pem(), _node: node })
    }

    /// `https://localhost:…`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its certificate, as PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }
}
