//! What arrives: packets, and the attachments behind them.

use serde_json::value::{RawValue, to_raw_value};

use super::{AckId, Connection, DisconnectReason, Event, Payload, Received, namespace::Stage};
use crate::{
    engine::{Frame, Time},
    packet::{Body, Head, Object, Packet, PacketError},
};

/// An event or ack whose attachments are still on their way.
#[derive(Debug)]
pub(super) struct Partial {
    /// `None` if this client does not know the namespace.
    namespace: Option<usize>,
    incoming: Incoming,
    expected: u32,
    attachments: Vec<Vec<u8>>,
}

#[derive(Debug)]
pub(super) enum Incoming {
    /// The frame, and where its JSON begins.
    Event {
        text: String,
        array: usize,
        ack: Option<u64>,
    },
    Ack {
        id: u64,
        arguments: Box<RawValue>,
    },
}

impl<A> Connection<A> {
    pub(super) fn receive(&mut self, now: Time, frame: Frame) -> Result<(), String> {
        match frame {
            Frame::Text(_) if self.partial.is_some() => Err("text where an attachment was due".into()),
            Frame::Text(text) => {
                let head = Head::read(&text[1..]).map_err(|error| error.to_string())?;
                let namespace = self.find(head.namespace);
                if head.is_event().map_err(|error| error.to_string())? {
                    let (ack, attachments, array) =
                        (head.ack, head.attachments, text.len() - head.json.len());
                    let incoming = Incoming::Event { text, array, ack };
                    return self.receive_event_or_ack(now, namespace, incoming, attachments);
                }
                let packet = Packet::decode(&text[1..]).map_err(|error| error.to_string())?;
                self.receive_packet(now, namespace, packet.body)
            }
            Frame::Binary(data) => {
                let mut partial = self.partial.take().ok_or("an attachment of nothing")?;
                let bytes = partial.attachments.iter().map(Vec::len).sum::<usize>() + data.len();
                if bytes > self.config.max_attachment_bytes {
                    return Err("attachments that are too large".into());
                }
                partial.attachments.push(data);
                if partial.attachments.len() < partial.expected as usize {
                    self.partial = Some(partial);
                } else if let Some(namespace) = partial.namespace {
                    self.deliver(now, namespace, partial.incoming, partial.attachments);
                }
                Ok(())
            }
        }
    }

    fn receive_packet(&mut self, now: Time, namespace: Option<usize>, body: Body<'_>) -> Result<(), String> {
        match body {
            Body::Ack { id, args, attachments } => {
                let arguments = to_raw_value(&args).unwrap_or_default();
                self.receive_event_or_ack(now, namespace, Incoming::Ack { id, arguments }, attachments)
            }
            // Socket.IO 2 sends it unasked and without an object; later versions send it as an answer,
            // always with an object.
            Body::Connect(None) => Err(PacketError::EarlierProtocol.to_string()),
            other => {
                if let Some(namespace) = namespace {
                    self.admission(now, namespace, other);
                }
                Ok(())
            }
        }
    }

    fn receive_event_or_ack(
        &mut self,
        now: Time,
        namespace: Option<usize>,
        incoming: Incoming,
        attachments: Option<u32>,
    ) -> Result<(), String> {
        match (attachments, namespace) {
            (Some(count), _) if count > self.config.max_attachments => {
                return Err("too many attachments".into());
            }
            (Some(expected), _) => {
                self.partial = Some(Partial { namespace, incoming, expected, attachments: Vec::new() });
            }
            (None, Some(namespace)) => self.deliver(now, namespace, incoming, Vec::new()),
            (None, None) => {}
        }
        Ok(())
    }

    /// The server lets us in, refuses us or sends us away.
    fn admission(&mut self, now: Time, index: usize, body: Body<'_>) {
        let namespace = &mut self.namespaces[index];
        match (body, namespace.stage) {
            (Body::Connect(answer), Stage::Joining) => {
                namespace.stage = Stage::Joined;
                let answer = answer.as_deref().and_then(|answer| Object::read(answer.get()).ok());
                let id = answer.and_then(|answer| serde_json::from_str(answer.field("sid")).ok());
                let early = std::mem::take(&mut namespace.early).events;
                let waiting = std::mem::take(&mut namespace.buffer);
                self.admitted_at.get_or_insert(now);
                self.deadline = None;
                self.tell(index, Event::Connected { id });
                for event in early {
                    self.tell(index, event);
                }
                for outgoing in waiting {
                    self.transmit(index, outgoing);
                }
            }
            (Body::ConnectError(data), Stage::Joining) => {
                let (message, data) = refusal(data.as_deref());
                self.leave(now, index, Event::Refused { message, data });
            }
            (Body::Disconnect, Stage::Joined) => {
                let reason = DisconnectReason::Server;
                self.leave(now, index, Event::Disconnected { reason, retry_at: None });
            }
            // A packet that does not belong to this stage is late or premature, and harmless.
            _ => {}
        }
    }

    /// An event or ack that has arrived in full.
    fn deliver(&mut self, now: Time, index: usize, incoming: Incoming, attachments: Vec<Vec<u8>>) {
        let namespace = &mut self.namespaces[index];
        match incoming {
            Incoming::Event { text, array, ack } => {
                let ack = ack.map(|number| AckId { number, joined: namespace.joined });
                let mut event = Received::new(text, array, attachments);
                event.joined = namespace.joined;
                match namespace.stage {
                    Stage::Joined => self.tell(index, Event::Received { event, ack }),
                    Stage::Joining => {
                        let fits = namespace.early.push(event, ack, self.config.max_unread_bytes);
                        if !fits {
                            self.drop_link(now, DisconnectReason::Overflow);
                        }
                    }
                    _ => {}
                }
            }
            Incoming::Ack { id, arguments } => {
                // This cannot fail: the arguments were made from an array.
                if let Ok(payload) = Payload::new(arguments, attachments) {
                    namespace.answered(id, Ok(payload), &mut self.outputs);
                }
            }
        }
    }
}

/// Servers put the sentence under `message` and more under `data`, or send the sentence bare.
fn refusal(json: Option<&RawValue>) -> (String, Option<Box<RawValue>>) {
    let json = json.map_or("", RawValue::get);
    let object = Object::read(json).ok();
    let message = object.as_ref().map_or(json, |object| object.field("message"));
    let message =
        serde_json::from_str(message).unwrap_or_else(|_| "The server refused the connection.".to_owned());
    let data = object.map_or("", |object| object.field("data")).to_owned();
    (message, RawValue::from_string(data).ok().filter(|data| data.get() != "null"))
}
