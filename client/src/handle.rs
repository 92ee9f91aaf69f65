//! A program's way to its driver, for one namespace.

use std::{sync::Arc, time::Duration};

use futures::channel::{mpsc::UnboundedSender, oneshot};

use crate::{
    backlog::Backlog,
    connection::{self, Name, Payload},
    others::Other,
    reason::EmitError,
};

/// What a program asks for.
pub(crate) type Command = connection::Command<Answer>;

/// What a program hands to its driver. Namespaces come and go in the order of what is asked of them, so
/// that one that is made anew hears nothing of the one before.
pub(crate) enum Request {
    Command(Command),
    /// Another namespace has a client.
    Add(Other),
    /// It has none any more; it is known by its backlog.
    Remove(Arc<Backlog>),
}

pub(crate) type Answer = oneshot::Sender<connection::Answer>;

/// What the clones of a client share.
pub(crate) struct Handle {
    pub(crate) namespace: Name,
    pub(crate) requests: UnboundedSender<Request>,
    pub(crate) call_timeout: Duration,
    pub(crate) is_main: bool,
    pub(crate) backlog: Arc<Backlog>,
}

impl Handle {
    /// If nobody drives the connection any more, the command is lost, and nothing is answered either.
    pub(crate) fn command(&self, command: Command) {
        self.request(Request::Command(command));
    }

    pub(crate) fn request(&self, request: Request) {
        let _ = self.requests.unbounded_send(request);
    }

    /// Sends an event, or says why not. Events reach the server in the order of these calls.
    fn submit(&self, command: Command) -> Result<(), EmitError> {
        let fits = self.backlog.push(&command);
        if fits.is_ok() {
            self.command(command);
        } else if self.backlog.is_to_be_asked() {
            self.command(Command::Refresh);
        }
        fits
    }

    pub(crate) fn call(
        &self,
        name: Name,
        payload: Payload,
    ) -> Result<oneshot::Receiver<connection::Answer>, EmitError> {
        let (asker, answer) = oneshot::channel();
        self.submit(Command::Call {
            namespace: self.namespace.clone(),
            name,
            payload,
            timeout: self.call_timeout,
            asker,
        })?;
        Ok(answer)
    }

    pub(crate) fn emit(&self, name: Name, payload: Payload, volatile: bool) -> Result<(), EmitError> {
        self.submit(Command::Emit { namespace: self.namespace.clone(), name, payload, volatile })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.request(if self.is_main {
            Request::Command(Command::Disconnect { namespace: self.namespace.clone() })
        } else {
            Request::Remove(self.backlog.clone())
        });
    }
}
