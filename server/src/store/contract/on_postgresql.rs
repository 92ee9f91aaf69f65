//! The suite on PostgreSQL, and what PostgreSQL alone has: several servers on one database ([`many`]), and a network
//! in between that breaks ([`broken`]).

mod broken;
mod installation;
mod many;
mod node;
mod roles;
mod search;
mod start;
#[expect(clippy::duplicate_mod, reason = "the suite is for both engines")]
#[path = "suite.rs"]
mod suite;
mod tls;
mod together;

use super::Engine;

const ENGINE: Engine = Engine::Postgresql;
