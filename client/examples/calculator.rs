//! A typed calculator: what is refused is a value of the table's own error type, and a question of
//! the wrong type does not compile.
//!
//! `cargo run --package typed-socketio-client --features native --example calculator -- http://127.0.0.1:3000 7 0`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::{ErrorFirst, events};
use typed_socketio_client::{CallError, Client, Options, native};

/// Divides.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Divide {
    dividend: i64,
    divisor: i64,
}

/// Why there is no quotient.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "camelCase")]
enum NoQuotient {
    #[error("nothing can be divided by zero")]
    DividedByZero,
}

events! {
    /// `socket.on("divide", ({ dividend, divisor }, ack) => ack(divisor === 0 ? "dividedByZero" : null, …))`
    catalogue Calculator { error: NoQuotient, ack: ErrorFirst }
    /// What is asked.
    client Question {
        /// Divides.
        "divide" => Divide -> i64, { "dividend": 7, "divisor": 2 };
    }
    /// Nothing.
    server Nothing {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, dividend, divisor] = &arguments[..] else {
        return eprintln!("Usage: calculator <url> <dividend> <divisor>");
    };
    let (Ok(dividend), Ok(divisor)) = (dividend.parse(), divisor.parse()) else {
        return eprintln!("These are no numbers.");
    };
    let (client, _notices): (Client<Calculator>, _) = native::connect(Options::new(url));
    match client.call(Divide { dividend, divisor }).await {
        Ok(quotient) => println!("{dividend} / {divisor} = {quotient}"),
        Err(CallError::Refused(reason)) => println!("refused: {reason}"),
        Err(error) => println!("no answer: {error}"),
    }
}
