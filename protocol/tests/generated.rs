//! The committed documents are those of the catalogue. `cargo xtask generate` renews them.

use expect_test::expect_file;
use protocol::{Chat, documents};
use typed_socketio::documents::fingerprint;

#[test]
fn the_asyncapi_document_is_fresh() {
    let document = serde_json::to_string_pretty(&documents::asyncapi()).unwrap() + "\n";
    expect_file!["../generated/asyncapi.json"].assert_eq(&document);
}

#[test]
fn the_typescript_maps_are_fresh() {
    expect_file!["../generated/parlance.d.ts"].assert_eq(&documents::typescript());
}

#[test]
fn the_fingerprint_is_fresh() {
    expect_file!["../generated/fingerprint.txt"].assert_eq(&fingerprint::<Chat>());
}
