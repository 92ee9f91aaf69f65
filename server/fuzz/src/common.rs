//! What the targets share.
#![allow(dead_code, reason = "each target uses a part of it")]

use std::{fs, path::PathBuf, process};

/// What is left of the input.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    /// 0 when there is nothing left.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    pub fn one_of<'b, T>(&mut self, choices: &'b [T]) -> &'b T {
        &choices[usize::from(self.byte()) % choices.len()]
    }
}

/// An empty directory, in a place that the program that started the fuzzer removes.
pub fn data_dir(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("parlance-fuzz-{name}-{}", process::id()));
    fs::create_dir_all(&dir).expect("a directory");
    dir
}
