//! What the compiler promises: each of these programs must not build, and says why.

#![cfg(not(target_arch = "wasm32"))]

#[test]
fn a_program_that_breaks_the_protocol_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
