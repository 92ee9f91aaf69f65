//! A damaged backup: it is read, or it is refused with a sentence.
#![no_main]

mod common;

use std::{fs, path::PathBuf, sync::LazyLock};

use common::{Bytes, data_dir};
use libfuzzer_sys::fuzz_target;
use parlance::{
    Command,
    fuzzing::{Web, config},
};
use protocol::path;

static BACKUP: LazyLock<(PathBuf, Vec<u8>)> = LazyLock::new(|| {
    let dir = data_dir("backup");
    let web = Web::new(&dir);
    for name in ["ann", "ben"] {
        let login = format!(r#"{{"username":"{name}","password":"password"}}"#);
        web.post(path::REGISTER, login).expect("an answer");
    }
    let file = dir.join("backup.db");
    Command::Backup { file: file.clone() }.run(&config(&dir)).expect("a backup");
    let whole = fs::read(&file).expect("a file");
    (dir, whole)
});

fuzz_target!(|bytes: &[u8]| {
    let (dir, whole) = &*BACKUP;
    let mut bytes = Bytes(bytes);
    let mut damaged = whole.clone();
    while bytes.0.len() >= 3 {
        let at = usize::from(bytes.byte()) << 8 | usize::from(bytes.byte());
        let byte = bytes.byte();
        match damaged.len() {
            0 => break,
            // The file ends here.
            _ if at == 0xffff => damaged.truncate(usize::from(byte) << 8),
            len => damaged[at % len] = byte,
        }
    }
    let file = dir.join("damaged.db");
    fs::write(&file, damaged).expect("a file");
    let elsewhere = dir.join("restored");
    fs::remove_dir_all(&elsewhere).ok();
    let is_whole = Command::Check { file: Some(file.clone()) }.run(&config(dir)).is_ok();
    let is_restored = Command::Restore { file }.run(&config(&elsewhere)).is_ok();
    assert_eq!(is_whole, is_restored, "what is whole can be restored, and nothing else");
});
