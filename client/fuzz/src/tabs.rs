//! Another tab that says anything at any time, also one of another version.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|script: &str| client::fuzzing::tab(script));
