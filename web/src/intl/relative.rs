//! How long ago something was, in words.

use js_sys::{Array, Intl::RelativeTimeFormat, Object, Reflect};
use protocol::Timestamp;

/// "5 minutes ago", "yesterday"; in English, as the sentence that it is a part of.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let Some((count, unit)) = longest_unit((now.0 - at.0) / 1000) else { return "just now".to_owned() };
    let options = Object::new();
    // "yesterday" instead of "1 day ago".
    let _ = Reflect::set(&options, &"numeric".into(), &"auto".into());
    let format = RelativeTimeFormat::new(&Array::of1(&"en".into()), &options);
    format.format(-(count as f64), unit).into()
}

/// The longest unit of which this many seconds are at least one, and how many.
fn longest_unit(seconds: i64) -> Option<(i64, &'static str)> {
    const UNITS: [(&str, i64); 6] = [
        ("year", 365 * 24 * 60 * 60),
        ("month", 30 * 24 * 60 * 60),
        ("week", 7 * 24 * 60 * 60),
        ("day", 24 * 60 * 60),
        ("hour", 60 * 60),
        ("minute", 60),
    ];
    UNITS.into_iter().map(|(unit, length)| (seconds / length, unit)).find(|(count, _)| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unit_says_it() {
        const HOUR: i64 = 60 * 60;
        // Another clock may be ahead of ours.
        assert_eq!([-5, 0, 59].map(longest_unit), [None; 3]);
        let said = [
            60,
            119,
            HOUR - 1,
            HOUR,
            24 * HOUR - 1,
            24 * HOUR,
            7 * 24 * HOUR,
            31 * 24 * HOUR,
            800 * 24 * HOUR,
        ];
        let expected = [
            (1, "minute"),
            (1, "minute"),
            (59, "minute"),
            (1, "hour"),
            (23, "hour"),
            (1, "day"),
            (1, "week"),
            (1, "month"),
            (2, "year"),
        ];
        assert_eq!(said.map(longest_unit), expected.map(Some));
    }
}
