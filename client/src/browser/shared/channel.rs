//! What the tabs talk over: a `BroadcastChannel`.

use futures::channel::mpsc::UnboundedSender;
use gloo::events::EventListener;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::Wake;
use crate::{browser::tasks::tell, tabs::TabMessage};

/// Dropping it closes it.
pub(super) struct Channel {
    channel: BroadcastChannel,
    _heard: EventListener,
}

impl Channel {
    /// [`Wake::Message`] tells what the others say. `None` where the browser has no channels.
    pub(super) fn open(name: &str, wakes: &UnboundedSender<Wake>) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let wakes = wakes.clone();
        let heard = EventListener::new(&channel, "message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            if let Some(message) = read(event.data()) {
                tell(|| drop(wakes.unbounded_send(Wake::Message(message))));
            }
        });
        Some(Self { channel, _heard: heard })
    }

    pub(super) fn post(&self, message: &TabMessage) {
        if let Ok(message) = serde_wasm_bindgen::to_value(message) {
            let _ = self.channel.post_message(&message);
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// `None` where another program put something on our channel.
fn read(message: JsValue) -> Option<TabMessage> {
    serde_wasm_bindgen::from_value(message).ok()
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use futures::{StreamExt as _, channel::mpsc::unbounded};
    use serde_json::value::RawValue;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;
    use crate::{
        connection::{CallFailure, DisconnectReason, Payload, Received},
        tabs::{Body, LinkState},
    };

    wasm_bindgen_test_configure!(run_in_browser);

    fn bodies() -> Vec<Body> {
        let json =
            RawValue::from_string("[{\"a\":[1.50,\"\u{1f600}\",null],\"b\":12345678901234567890}]".into());
        let payload = Payload::new(json.unwrap(), vec![vec![0, 255], vec![]]).unwrap();
        let event = Received::new("42[\"name\",\"\u{1f600}\"]".to_owned(), 2, vec![vec![0, 255], vec![]]);
        let name = || "name".to_owned();
        vec![
            Body::Hello,
            Body::Leads { term: u32::MAX, link: None },
            Body::Leads { term: 0, link: Some(LinkState::Connected { id: Some("abc".into()) }) },
            Body::Behind { term: 7 },
            Body::Connect,
            Body::Check,
            Body::Probe { within: 3_000 },
            Body::Emit { name: name(), payload: payload.clone(), volatile: true },
            Body::Call { call: 7, timeout: 20_000, name: name(), payload: payload.clone() },
            Body::Answered { call: 7, payload },
            Body::Failed { call: 7, failure: CallFailure::BufferFull },
            Body::Received { event },
            Body::State(LinkState::Connected { id: Some("abc".into()) }),
            Body::State(LinkState::Connected { id: None }),
            Body::State(LinkState::Disconnected { reason: DisconnectReason::PingTimeout, retry_in: None }),
            Body::State(LinkState::Disconnected {
                reason: DisconnectReason::Transport("1006".into()),
                retry_in: Some(0),
            }),
            Body::State(LinkState::Refused { message: "No.".into(), data: None }),
            Body::State(LinkState::Refused { message: "No.".into(), data: Some("{\"code\":1}".into()) }),
        ]
    }

    #[wasm_bindgen_test]
    async fn whatever_one_tab_says_arrives_in_another_as_it_was_said() {
        let (wakes, mut heard) = unbounded();
        let (others, _nobody) = unbounded();
        let here = Channel::open("channel-test", &wakes).unwrap();
        let there = Channel::open("channel-test", &others).unwrap();
        // Something that is not our message is ignored.
        there.channel.post_message(&"something else".into()).unwrap();
        for (body, to) in bodies().into_iter().zip([None, Some(1)].into_iter().cycle()) {
            let message = TabMessage { from: (1 << 53) - 1, to, body };
            there.post(&message);
            let Some(Wake::Message(arrived)) = heard.next().await else { panic!() };
            assert_eq!(format!("{arrived:?}"), format!("{message:?}"));
        }
        drop(here);
    }
}
