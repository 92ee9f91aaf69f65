//! Tokens and cookies: only those that this server made are accepted.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parlance::fuzzing::Secrets;

static SECRETS: LazyLock<Secrets> = LazyLock::new(Secrets::new);

fuzz_target!(|bytes: &[u8]| {
    let Some((&[which, at, cut], rest)) = bytes.split_first_chunk() else { return };
    let rest = String::from_utf8_lossy(rest);
    is_refused(&rest);
    // A genuine one in which some characters are replaced by as many others.
    let genuine = &SECRETS.genuine[usize::from(which) % 3];
    let at = usize::from(at) * 2 % (genuine.len() + 1);
    let end = (at + usize::from(cut)).min(genuine.len());
    let forged = format!("{}{rest}{}", &genuine[..at], &genuine[end..]);
    if forged != *genuine {
        is_refused(&forged);
    }
});

fn is_refused(text: &str) {
    let [token, refresh, device] = SECRETS.accepts(text);
    assert!(!token, "a forged token");
    assert!(!device, "a forged cookie");
    // Without the store, only the form of a refresh token can be checked.
    assert!(!refresh || text.len() == SECRETS.genuine[1].len());
}
