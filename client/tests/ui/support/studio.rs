//! A catalogue with bytes in it, and with things that the server asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::{Binary, DataOrError, events};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    pub title: String,
    pub pixels: Binary,
    pub layers: Vec<Binary>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Paint {
    pub picture: Picture,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Brush {
    pub x: i32,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AreYouThere {
    pub since: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ShowCanvas {}

events! {
    /// Where pictures are made.
    pub catalogue Studio { error: String, ack: DataOrError, binary: true }
    /// In.
    client Work {
        /// Paints a picture, and gets it back framed.
        "paint" => Paint -> Picture,
            { "picture": {
                "title": "Rain",
                "pixels": { "_placeholder": true, "num": 0 },
                "layers": [{ "_placeholder": true, "num": 1 }]
            } };
        /// Moves the brush.
        "brush" => Brush -> (), { "x": 1 };
    }
    /// Out.
    server News {
        /// Somebody made a picture.
        "picture" => Picture(Picture),
            { "title": "Sun", "pixels": { "_placeholder": true, "num": 0 }, "layers": [] };
    }
    /// What the server wants to know.
    requests Asked {
        /// Asks whether somebody is still there.
        "areYouThere" => AreYouThere -> bool, { "since": 7 };
        /// Asks for the picture as it is.
        "showCanvas" => ShowCanvas -> Picture, {};
    }
}
