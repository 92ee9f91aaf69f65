//! Two people in two browsers.
fn main() {}
