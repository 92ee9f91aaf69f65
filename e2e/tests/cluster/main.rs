//! Three nodes behind nginx, of which something breaks while people write.
//!
//! Three people with two devices each write to one group, correct, delete, pin and react. In the end what was
//! acknowledged is in the history once, in one order, and every device shows the history ([`scenarios`]). Two more
//! use the page in browsers ([`browser`]). `PARLANCE_CLUSTER` says how many times as long it shall take as usual.

mod browser;
#[path = "../network/history.rs"]
mod history;
mod live;
#[path = "../network/page.rs"]
mod page;
mod party;
mod scenarios;
mod upgrade;
mod version;

type Client = client::Client<protocol::Chat>;
