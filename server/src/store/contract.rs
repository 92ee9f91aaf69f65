//! What every store promises, whatever it is made of: one suite for both engines. Its files are modules twice, once
//! for each.

mod on_postgresql;
mod on_sqlite;

/// What a store is made of.
#[derive(Clone, Copy)]
enum Engine {
    Sqlite,
    Postgresql,
}
