//! The server lacks a handler for an event of one of the tables of a catalogue.

mod weather {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub struct Forecast {}

    typed_socketio::event_table! {
        pub(crate) table weather {
            client {
                /// Asks what the weather will be.
                "forecast" => Forecast -> String, {};
            }
        }
    }
}

use typed_socketio::{Handler, events};
use weather::*;

events! {
    /// What a harbour wants to know.
    pub catalogue Harbour {} of weather
    /// In.
    client Question;
    /// Out.
    server News;
}

struct Session;

impl Handler for Session {
    type Error = String;
}

fn serve(question: Question) {
    let _ = question.dispatch(&Session);
}

fn main() {}
