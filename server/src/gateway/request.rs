//! An event as the log knows it: what is carried out for it is in a span that says which event it is, and for
//! whom.

use protocol::ErrorBody;
use tracing::Span;

use super::connection::Connection;
use crate::error::Error;

/// An event that is being carried out. Its id is that of the request that opened the socket, and a number: events
/// are counted as the server begins with them.
pub(super) struct EventRequest {
    number: u64,
    /// As the catalogue names it.
    pub(super) event: &'static str,
    /// Costs nothing, and has nothing in it, unless `debug` is logged or spans are exported. `message` is set by those
    /// who know the message's id.
    pub(super) span: Span,
}

impl EventRequest {
    pub(super) fn new(connection: &Connection, event: &'static str) -> Self {
        let number = connection.counted();
        let span = tracing::debug_span!(
            "event",
            request_id = %format_args!("{}-{number}", connection.request),
            event,
            user = %connection.session.user.id,
            socket = connection.session.socket.0,
            message = tracing::field::Empty,
        );
        Self { number, event, span }
    }

    /// What the client is told. If it was our fault, the log says why, at every level for which event.
    pub(super) fn refusal(&self, connection: &Connection, error: Error) -> ErrorBody {
        let _in_it = self.span.enter();
        if !error.is_ours() {
            return error.into_body(self.event);
        }
        // The span of the event may not be there, or only for those who collect traces.
        let span = tracing::error_span!(
            "failure",
            request_id = %format_args!("{}-{}", connection.request, self.number),
            event = self.event,
            user = %connection.session.user.id,
            socket = connection.session.socket.0,
        );
        span.in_scope(|| error.into_body(self.event))
    }
}
