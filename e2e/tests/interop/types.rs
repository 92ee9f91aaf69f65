//! The generated TypeScript maps under `tsc --strict`: what is right compiles, and every line
//! that is marked as wrong does not.

use anyhow::Result;

use crate::node;

#[test]
fn typescript_accepts_right_payloads_and_refuses_wrong_ones() -> Result<()> {
    // A `@ts-expect-error` over a line that compiles is an error of its own.
    node(&["node_modules/typescript/bin/tsc", "--project", "types"])
}
