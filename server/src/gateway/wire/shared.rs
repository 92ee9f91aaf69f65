//! A long packet that many connections share, as a frame.

use std::sync::Arc;

use crate::gateway::{frame::TEXT, transport::PLACEHOLDER};

/// A long packet as a frame.
pub(super) struct Sharing {
    header: Vec<u8>,
    pub(super) packet: Arc<str>,
    pub(super) written: usize,
}

impl Sharing {
    pub(super) fn new(packet: Arc<str>) -> Self {
        // The length in as few bytes as hold it: Chromium closes the connection over a longer form.
        let header = match u16::try_from(packet.len()) {
            Ok(len) => [&[TEXT, 126][..], &len.to_be_bytes()].concat(),
            Err(_) => [&[TEXT, 127][..], &(packet.len() as u64).to_be_bytes()].concat(),
        };
        Self { header, packet, written: 0 }
    }

    /// What is still to be written of the header or the packet.
    pub(super) fn rest(&self) -> Option<&[u8]> {
        match self.written.checked_sub(self.header.len()) {
            None => Some(&self.header[self.written..]),
            Some(written) => Some(&self.packet.as_bytes()[written..]).filter(|rest| !rest.is_empty()),
        }
    }
}

/// Whether a frame is the placeholder of a long packet.
pub(super) fn is_placeholder(bytes: &[u8]) -> bool {
    let payload = bytes.strip_prefix(&[TEXT, PLACEHOLDER.len() as u8]);
    payload.is_some_and(|payload| payload.starts_with(PLACEHOLDER.as_bytes()))
}
