//! The server of Parlance as a library: the crate `program` makes the binary `parlance` of it and puts the page inside,
//! and tests run it.
//!
//! In reading order:
//!
//! 1. [`Options`]: what the program was asked to do. [`Config`]: how to serve. [`Server`]: built, run, stopped.
//! 2. `app`: what everything shares. `session`: the context of a handler. `handlers`: what each
//!    event does, one file a feature. `policy`: who may.
//! 3. `store`: what outlives the process; the only place with SQL. It reports what it committed as
//!    `domain_event`s; `publisher` decides who is told of them. `presence`: who is online.
//! 4. `delivery`: what the publisher, presence and `volatile` tell the gateway. `gateway`: sockets; the only
//!    place that knows socketioxide. `cluster`: the other servers, if there are any.
//! 5. `http`: login, health, the page. `auth`: passwords, tokens, cookies' contents.
//! 6. `maintenance`: backup, restore, check, migrate-store. `healthy`: asks a server that runs. `metrics`: what is
//!    counted for Prometheus. `telemetry`: the log, and traces.
//! 7. `data_dir`, `limit`, `ids`, `request_id`, `error`, `clock`: what all the others use.
//!
//! `seed`, behind the feature of that name, fills data directories for measurements. `fuzzing` is there
//! when a fuzzer is built.

mod app;
mod auth;
mod client_address;
mod clock;
mod cluster;
mod config;
mod data_dir;
mod delivery;
mod domain_event;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gateway;
mod handlers;
mod healthy;
mod http;
mod ids;
mod limit;
mod maintenance;
mod metrics;
mod options;
mod policy;
mod presence;
mod publisher;
mod request_id;
#[cfg(feature = "seed")]
pub mod seed;
mod server;
mod session;
mod storage_fault;
mod store;
mod telemetry;
#[cfg(test)]
mod testing;
mod volatile;

#[cfg(feature = "opentelemetry")]
pub use config::OtlpUrl;
pub use config::{Config, DatabaseUrl, Network, Origin, Switch};
pub use error::StartError;
pub use http::PageFile;
pub use maintenance::{Command, MaintenanceError};
pub use options::Options;
pub use server::Server;
pub use telemetry::Telemetry;
