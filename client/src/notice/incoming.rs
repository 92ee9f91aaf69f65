//! Reading an event into a catalogue's types: once, and straight out of the frame.

use serde_json::value::{RawValue, to_raw_value};
use typed_socketio::{
    Catalogue, DecodeError, EventEnum as _, PayloadError, decode::read_event, event::Either,
};

use crate::{
    connection::{Received, as_one},
    packet::PacketError,
    payload,
};

/// What a server asks, or what it says.
pub(super) type Incoming<C> = Either<<C as Catalogue>::ServerRequest, <C as Catalogue>::ServerEvent>;

/// An event that does not fit the catalogue.
pub(super) struct Unreadable {
    pub(super) event: String,
    pub(super) arguments: Box<RawValue>,
    pub(super) error: DecodeError,
}

/// Reads an event. Its bytes are taken out of it.
///
/// # Errors
/// It is no JSON.
pub(super) fn read<C: Catalogue>(
    event: &mut Received,
) -> Result<Result<Incoming<C>, Unreadable>, PacketError> {
    let attachments = std::mem::take(&mut event.attachments);
    // Bytes are handed out once; several arguments may have to be read a second time, as one array.
    let again = if C::BINARY && !attachments.is_empty() && event.parts()?.1.len() > 1 {
        attachments.clone()
    } else {
        Vec::new()
    };
    let error = match payload::read::<C, _>(attachments, || read_event(event.array())) {
        Ok(incoming) => return Ok(Ok(incoming)),
        Err(error) => error,
    };
    // Something is unusual about the event, so there is time to find out what.
    let (name, arguments) = event.parts()?;
    let found = payload::read::<C, _>(again, || Incoming::<C>::decode(&name, &as_one(&arguments)));
    Ok(found.map_err(|found| {
        let error = match found {
            DecodeError::Payload(_) if arguments.len() == 1 => {
                DecodeError::Payload(PayloadError::new(error.to_string()))
            }
            found => found,
        };
        let arguments = to_raw_value(&arguments).unwrap_or_default();
        Unreadable { event: name, arguments, error }
    }))
}
