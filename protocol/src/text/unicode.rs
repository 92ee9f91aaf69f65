//! Functions that need large tables: a browser has them, everywhere else a crate brings them.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use tables::{emoji, is_mark, nfc, nfd};

#[cfg(target_arch = "wasm32")]
pub(super) use browser::{emoji, is_mark, nfc, nfd};

#[cfg(not(target_arch = "wasm32"))]
mod tables {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

    /// Joins each letter and its accent into one character, where there is one.
    pub(in crate::text) fn nfc(text: &str) -> String {
        text.nfc().collect()
    }

    /// Takes each letter and its accents apart.
    pub(in crate::text) fn nfd(text: &str) -> String {
        text.nfd().collect()
    }

    /// An emoji in the spelling that Unicode recommends; `None` if the text is something else.
    pub(in crate::text) fn emoji(text: &str) -> Option<&str> {
        emojis::get(text).map(emojis::Emoji::as_str)
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

    pub(in crate::text) fn nfd(text: &str) -> String {
        JsString::from(text).normalize("NFD").into()
    }

    /// The spelling stays as it is: a page takes its emojis from a list, and the server has the say.
    pub(in crate::text) fn emoji(text: &str) -> Option<&str> {
        RegExp::new(r"^\p{RGI_Emoji}$", "v").test(text).then_some(text)
    }

    pub(in crate::text) fn is_mark(c: char) -> bool {
        RegExp::new(r"^\p{M}$", "u").test(c.encode_utf8(&mut [0; 4]))
    }
}
