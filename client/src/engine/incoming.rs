//! What the server says: its greeting, packets, and responses of polling.

use super::{
    Engine, Event, Frame, MESSAGES_PER_RESPONSE, Output, State, Time, Transport, Transports, Upgrade, payload,
};
use crate::{
    packet::{EnginePacket, Handshake, PacketError},
    reason::DisconnectReason,
};

impl Engine {
    pub(super) fn receive_all(&mut self, now: Time, body: &str) {
        self.hear(now);
        if matches!(self.state, State::Opening { .. }) && payload::is_of_protocol_3(body) {
            return self.fail(now, DisconnectReason::Protocol(PacketError::EarlierProtocol.to_string()));
        }
        if matches!(self.state, State::Opening { .. }) && !body.starts_with(|c: char| c.is_ascii_digit()) {
            return self.fail(now, no_greeting(body));
        }
        for frame in payload::read(body) {
            let frame = frame.map_err(|error| DisconnectReason::Protocol(error.to_string()));
            if let Err(reason) = frame.and_then(|frame| self.receive(now, frame)) {
                return self.fail(now, reason);
            }
            if self.outputs.len() > MESSAGES_PER_RESPONSE {
                return self.fail(now, DisconnectReason::Protocol("too many messages at once".into()));
            }
        }
        match self.state {
            State::Opening { .. } => {
                self.fail(now, DisconnectReason::Protocol("something else than a greeting".into()));
            }
            _ => self.proceed(now),
        }
    }

    /// A frame of the transport in use.
    pub(super) fn receive(&mut self, now: Time, frame: Frame) -> Result<(), DisconnectReason> {
        let packet = match &frame {
            Frame::Text(text) => {
                EnginePacket::decode(text).map_err(|error| DisconnectReason::Protocol(error.to_string()))?
            }
            Frame::Binary(_) => EnginePacket::Message(""),
        };
        match (packet, &self.state) {
            (EnginePacket::Open(handshake), State::Opening { .. }) => self.greet(now, handshake),
            (EnginePacket::Message(_), State::Open) => {
                self.outputs.push_back(Output::Event(Event::Message(frame)));
            }
            (EnginePacket::Ping(_), _) => self.send(Frame::Text("3".into())),
            (EnginePacket::Close, _) => {
                return Err(DisconnectReason::Transport("closed by the server".into()));
            }
            // What does not belong to this state is late or premature, and harmless.
            _ => {}
        }
        Ok(())
    }

    fn greet(&mut self, now: Time, handshake: Handshake) {
        let upgrade = handshake.upgrades;
        self.handshake = handshake;
        self.hear(now);
        self.state = State::Open;
        self.outputs.push_back(Output::Event(Event::Opened));
        self.polling_first = self.transport == Transport::Polling;
        if self.polling_first && upgrade && self.transports != Transports::Polling {
            self.upgrade = Upgrade::Probing { until: now.saturating_add(self.patience) };
            self.open_socket();
        }
    }
}

/// What answers is no Socket.IO server, or Socket.IO is at another path.
fn no_greeting(instead: &str) -> DisconnectReason {
    let instead: String = instead.chars().take(80).collect();
    DisconnectReason::Protocol(format!("no greeting of Socket.IO, but {instead:?}; is the address right?"))
}

/// Why a GET has no packets.
pub(super) fn failed_request(error: String, opening: bool) -> DisconnectReason {
    // Engine.IO's own refusals are JSON with a code.
    let is_refused = |status: &str| status.starts_with('4') && !error.contains("\"code\"");
    if opening && error.get(..3).is_some_and(|status| status.parse::<u16>().is_ok() && is_refused(status)) {
        return no_greeting(&error);
    }
    // What every Engine.IO server says to a protocol that it does not know.
    if error.contains("Unsupported protocol version") {
        return DisconnectReason::Protocol("a refusal of Engine.IO protocol 4 (Socket.IO 3 or later)".into());
    }
    DisconnectReason::Transport(error)
}
