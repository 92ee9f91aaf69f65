//! Times and days in the words, the language and the zone of whoever reads them.

use crate::live::{Kept, Var, keep, var};
use gloo_timers::callback::Interval;
use js_sys::{Array, Date, Intl::DateTimeFormat};
use protocol::Timestamp;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// A day, counted in the reader's zone.
pub(crate) type Day = i64;

const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

/// The present time.
pub(crate) fn now() -> Timestamp {
    Timestamp(Date::now() as i64)
}

/// The day on which something happened, where the reader is.
pub(crate) fn day_of(at: Timestamp) -> Day {
    let ahead = Date::new(&JsValue::from_f64(at.0 as f64)).get_timezone_offset() as i64 * -60_000;
    (at.0 + ahead).div_euclid(DAY_MILLISECONDS)
}

/// Writes times and days; what it writes about today changes at midnight.
#[derive(Clone, Copy)]
pub(crate) struct Calendar {
    today: Var<Day>,
    formats: Kept<Formats>,
}

struct Formats {
    time: DateTimeFormat,
    weekday: DateTimeFormat,
    date: DateTimeFormat,
    date_and_year: DateTimeFormat,
    long_day: DateTimeFormat,
    long_day_and_year: DateTimeFormat,
    everything: DateTimeFormat,
}

impl Calendar {
    pub(crate) fn start() -> Self {
        let this = Self { today: var(day_of(now())), formats: keep(Formats::new()) };
        keep(Interval::new(20_000, move || {
            let today = day_of(now());
            if this.today.get_untracked() != today {
                this.today.set(today);
            }
        }));
        this
    }

    /// "10:42".
    pub(crate) fn time(self, at: Timestamp) -> String {
        self.write(at, |formats| &formats.time)
    }

    /// "20 November 2026 at 10:42".
    pub(crate) fn everything(self, at: Timestamp) -> String {
        self.write(at, |formats| &formats.everything)
    }

    /// What stands at a conversation in the list.
    pub(crate) fn short(self, at: Timestamp) -> String {
        match ShortForm::of(day_of(at), self.today.get(), self.is_this_year(at)) {
            ShortForm::Time => self.time(at),
            ShortForm::Yesterday => "Yesterday".to_owned(),
            ShortForm::Weekday => self.write(at, |formats| &formats.weekday),
            ShortForm::Date => self.write(at, |formats| &formats.date),
            ShortForm::DateAndYear => self.write(at, |formats| &formats.date_and_year),
        }
    }

    /// What stands above a day's messages.
    pub(crate) fn day(self, at: Timestamp) -> String {
        match self.today.get() - day_of(at) {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ if self.is_this_year(at) => self.write(at, |formats| &formats.long_day),
            _ => self.write(at, |formats| &formats.long_day_and_year),
        }
    }

    fn write(self, at: Timestamp, choose: fn(&Formats) -> &DateTimeFormat) -> String {
        self.formats.update(|formats| write(choose(formats), at)).unwrap_or_default()
    }

    fn is_this_year(self, at: Timestamp) -> bool {
        let year = |at: Timestamp| Date::new(&JsValue::from_f64(at.0 as f64)).get_full_year();
        year(at) == year(now())
    }
}

/// The shortest form that says when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShortForm {
    Time,
    Yesterday,
    Weekday,
    Date,
    DateAndYear,
}

impl ShortForm {
    fn of(day: Day, today: Day, this_year: bool) -> Self {
        match today - day {
            ..=0 => Self::Time,
            1 => Self::Yesterday,
            // On the same weekday a week ago it would be taken for today.
            2..=6 => Self::Weekday,
            _ if this_year => Self::Date,
            _ => Self::DateAndYear,
        }
    }
}

/// Options of `Intl.DateTimeFormat`.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    weekday: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hour: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minute: Option<&'static str>,
}

impl Formats {
    fn new() -> Self {
        let numeric = Some("numeric");
        let time = || Options { hour: numeric, minute: Some("2-digit"), ..Options::default() };
        let date = |month| Options { day: numeric, month: Some(month), ..Options::default() };
        let weekday = Some("long");
        Self {
            time: format(&time()),
            weekday: format(&Options { weekday: Some("short"), ..Options::default() }),
            date: format(&date("short")),
            date_and_year: format(&Options { year: numeric, ..date("short") }),
            long_day: format(&Options { weekday, ..date("long") }),
            long_day_and_year: format(&Options { weekday, year: numeric, ..date("long") }),
            everything: format(&Options { year: numeric, day: numeric, month: Some("long"), ..time() }),
        }
    }
}

fn format(options: &Options) -> DateTimeFormat {
    // No locale: the reader's own.
    let options = serde_wasm_bindgen::to_value(options).unwrap_or(JsValue::UNDEFINED);
    DateTimeFormat::new(&Array::new(), &options.into())
}

fn write(format: &DateTimeFormat, at: Timestamp) -> String {
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    let written = format.format().call1(&JsValue::UNDEFINED, &date);
    written.ok().and_then(|text| text.as_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_says_when_in_the_shortest_form_that_cannot_be_misread() {
        let forms = [0, 1, 2, 6, 7, 300].map(|ago| ShortForm::of(1_000 - ago, 1_000, ago < 300));
        assert_eq!(
            forms,
            [
                ShortForm::Time,
                ShortForm::Yesterday,
                ShortForm::Weekday,
                ShortForm::Weekday,
                ShortForm::Date,
                ShortForm::DateAndYear,
            ]
        );
        // Another clock may be ahead of ours.
        assert_eq!(ShortForm::of(1_001, 1_000, true), ShortForm::Time);
    }
}
