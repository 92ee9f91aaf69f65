//! Functions that need large tables: a browser has them, everywhere else a crate brings them.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use tables::{is_mark, nfc};

#[cfg(target_arch = "wasm32")]
pub(super) use browser::{is_mark, nfc};

#[cfg(not(target_arch = "wasm32"))]
mod tables {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

    /// Joins each letter and its accent into one character, where there is one.
    pub(in crate::text) fn nfc(text: &str) -> String {
        text.nfc().collect()
    }

    /// Whether it belongs to the letter before it (the general category M).
    pub(in crate::text) fn is_mark(c: char) -> bool {
        is_combining_mark(c)
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::{JsString, RegExp};

    pub(in crate::text) fn nfc(text: &str) -> String {
        JsString::from(text).normalize("NFC").into()
    }

    pub(in crate::text) fn is_mark(c: char) -> bool {
        RegExp::new(r"^\p{M}$", "u").test(c.encode_utf8(&mut [0; 4]))
    }
}
