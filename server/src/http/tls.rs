//! Encrypted connections without a proxy: a certificate and its key, from files.

use std::{path::Path, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::error::StartError;

/// Reads a chain of certificates and the key of the first, as PEM.
pub(crate) fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, StartError> {
    let unusable = |path: &Path, cause: String| StartError::Tls {
        path: path.to_owned(),
        cause: cause.trim_end_matches('.').to_owned(),
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(certificates, error.to_string()))?;
    if chain.is_empty() {
        return Err(unusable(certificates, "there is no certificate in it".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
    let refused = |error: rustls::Error| unusable(key, error.to_string());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(refused)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
