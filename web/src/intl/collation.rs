//! The order of names, and which names contain a word, in the reader's language.

use std::cmp::Ordering;

use js_sys::{Array, Function, Intl::Collator, JsString};
use protocol::search::without_accents;
use serde::Serialize;
use wasm_bindgen::JsValue;

#[derive(Serialize)]
struct Options {
    sensitivity: &'static str,
    numeric: bool,
}

/// Sorts these by their names.
pub(crate) fn by_name<T>(items: Vec<T>, name: impl Fn(&T) -> String) -> Vec<T> {
    let order = order(items.iter().map(|item| JsValue::from_str(&name(item))).collect());
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| items[index].take()).collect()
}

/// The indices of the names in their sorted order.
fn order(names: Vec<JsValue>) -> Vec<usize> {
    let options = Options { sensitivity: "base", numeric: true };
    let options = serde_wasm_bindgen::to_value(&options).unwrap_or(JsValue::UNDEFINED);
    let compare: Function = Collator::new(&Array::new(), &options.into()).compare();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| {
        let order = compare.call2(&JsValue::UNDEFINED, &names[*a], &names[*b]).ok();
        let order = order.and_then(|order| order.as_f64()).and_then(|order| order.partial_cmp(&0.0));
        order.unwrap_or(Ordering::Equal)
    });
    order
}

/// What spellings of a text have in common for somebody who looks for it, as for the server.
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let letters = String::from(JsString::from(text).normalize("NFKD").to_lower_case());
    let plain: String = without_accents(letters.chars()).collect();
    String::from(JsString::from(plain).normalize("NFC"))
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn a_name_is_found_however_its_accents_and_its_case_are_typed() {
        for spelling in ["José", "JOSE\u{301}", "jose", "ＪＯＳＥ"] {
            assert_eq!(folded(spelling), "jose", "{spelling}");
        }
        // As many letters as before: the part that was found is marked.
        for (name, letters) in
            [("Ёлка", "елка"), ("Άννα", "αννα"), ("한글", "한글"), ("が", "が"), ("நி", "நி")]
        {
            assert_eq!(folded(name), letters);
        }
    }
}
