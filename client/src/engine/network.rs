//! What is done on the network: WebSocket, GET and POST, and the change from one transport to another.

use super::{Action, Engine, Frame, State, Time, Transport, Upgrade, payload};
use crate::packet::Handshake;

impl Engine {
    pub(super) fn begin(&mut self, transport: Transport, next: Option<(Transport, Time)>) {
        self.state = State::Opening { next };
        self.transport = transport;
        self.handshake = Handshake::default();
        match transport {
            Transport::WebSocket => self.open_socket(),
            Transport::Polling => self.poll(),
        }
    }

    pub(super) fn open_socket(&mut self) {
        self.socket = true;
        let query = self.query("websocket");
        self.act(Action::Open { query });
    }

    pub(super) fn poll(&mut self) {
        self.get = true;
        let query = self.query("polling");
        self.act(Action::Get { query });
    }

    pub(super) fn post(&mut self, body: String) {
        self.post = true;
        let query = self.query("polling");
        self.act(Action::Post { query, body });
    }

    fn query(&mut self, transport: &str) -> String {
        let mut query = format!("EIO=4&transport={transport}");
        if transport == "polling" {
            self.stamp = self.stamp.wrapping_add(1);
            query += &format!("&t={}", self.stamp);
        }
        if !self.handshake.sid.is_empty() {
            query += "&sid=";
            query += &self.handshake.sid;
        }
        query
    }

    /// Goes one step further after a request has ended, or if none will be made.
    pub(super) fn proceed(&mut self, now: Time) {
        if self.upgrade == Upgrade::Pausing && !self.get && !self.post {
            self.upgrade = Upgrade::None;
            self.transport = Transport::WebSocket;
            self.polling_first = false;
            self.act(Action::Send(Frame::Text("5".into())));
            for frame in std::mem::take(&mut self.waiting) {
                self.act(Action::Send(frame));
            }
        }
        if self.transport == Transport::Polling {
            self.flush();
            let open = matches!(self.state, State::Open);
            if open && !self.get && self.upgrade != Upgrade::Pausing {
                self.poll();
            }
        }
        if let State::Closing { said, .. } = &mut self.state
            && self.waiting.is_empty()
            && self.upgrade == Upgrade::None
            && !self.post
        {
            if self.transport == Transport::Polling && !std::mem::replace(said, true) {
                self.post("1".into());
            } else {
                self.rest(now);
            }
        }
    }

    pub(super) fn flush(&mut self) {
        if !self.post && self.upgrade != Upgrade::Pausing && !self.waiting.is_empty() {
            let limit = usize::try_from(self.handshake.max_payload).unwrap_or(usize::MAX);
            let body = payload::write(&mut self.waiting, limit);
            self.post(body);
        }
    }

    /// Goes on with polling.
    pub(super) fn give_up_upgrade(&mut self) {
        self.upgrade = Upgrade::None;
        if std::mem::take(&mut self.socket) {
            self.act(Action::Close);
        }
    }

    pub(super) fn drop_transports(&mut self) {
        self.upgrade = Upgrade::None;
        self.waiting.clear();
        if std::mem::take(&mut self.socket) {
            self.act(Action::Close);
        }
        if std::mem::take(&mut self.get) | std::mem::take(&mut self.post) {
            self.act(Action::Abort);
        }
    }
}
