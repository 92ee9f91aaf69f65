//! Payloads as they go out and come in, with the bytes that are in them.

use serde::Serialize;
use serde_json::value::to_raw_value;
use typed_socketio::{Call, Catalogue, binary};

use crate::{connection::Payload, reason::EmitError};

/// A payload as it goes out.
pub(crate) fn write_event<C: Catalogue, E: Call>(event: &E) -> Result<Payload, EmitError> {
    if E::SPREAD { write::<C, E>(event) } else { write::<C, (&E,)>(&(event,)) }
}

/// Arguments as they go out. Catalogues without binary data have no code for it.
pub(crate) fn write<C: Catalogue, T: Serialize + ?Sized>(arguments: &T) -> Result<Payload, EmitError> {
    let payload = if C::BINARY {
        let (json, attachments) = binary::writing(|| to_raw_value(arguments));
        json.and_then(|json| Payload::new(json, attachments))
    } else {
        Payload::of(arguments)
    };
    payload.map_err(|error| EmitError::Unwritable(error.to_string()))
}

/// Reads something that came with attachments.
pub(crate) fn read<C: Catalogue, T>(attachments: Vec<Vec<u8>>, read: impl FnOnce() -> T) -> T {
    if C::BINARY { binary::reading(attachments, read) } else { read() }
}
