//! Times and days in the reader's words, language and zone.

use gloo::timers::callback::Interval;
use js_sys::{Array, Date, Intl::DateTimeFormat, Reflect};
use leptos::prelude::*;
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

/// Minutes by which the reader's clock is ahead of UTC.
pub(crate) fn utc_offset() -> i32 {
    -(Date::new_0().get_timezone_offset() as i32)
}

/// The day on which something happened, where the reader is.
pub(crate) fn day_of(at: Timestamp) -> Day {
    let ahead = Date::new(&JsValue::from_f64(at.0 as f64)).get_timezone_offset() as i64 * -60_000;
    (at.0 + ahead).div_euclid(DAY_MILLISECONDS)
}

/// A day as a field of the type `date` has it.
pub(crate) fn day_value(at: Timestamp) -> String {
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    format!("{:04}-{:02}-{:02}", date.get_full_year(), date.get_month() + 1, date.get_date())
}

/// When such a day begins, where the reader is. `None` if it is no day.
pub(crate) fn start_of_day(value: &str) -> Option<Timestamp> {
    let mut parts = value.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = month.parse::<i32>().ok()? - 1;
    let date = Date::new_with_year_month_day(year.parse().ok()?, month, day.parse().ok()?);
    let time = date.get_time();
    time.is_finite().then_some(Timestamp(time as i64))
}

/// How often to look whether it is another day, or whether the reader is in another zone.
const LOOK: u32 = 20_000;

/// Writes times and days. What it writes about today changes at midnight, and everything changes when
/// the reader travels.
#[derive(Clone, Copy)]
pub(crate) struct Calendar {
    /// A trigger and not a signal: a signal never forgets the rows that were once on the page.
    changed: StoredValue<ArcTrigger>,
    today: StoredValue<Day>,
    /// The reader's zone, by its name.
    zone: RwSignal<String>,
    formats: StoredValue<Formats, LocalStorage>,
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
        let formats = Formats::new();
        let this = Self {
            changed: StoredValue::new(ArcTrigger::new()),
            today: StoredValue::new(day_of(now())),
            zone: RwSignal::new(zone(&formats.time)),
            formats: StoredValue::new_local(formats),
        };
        StoredValue::new_local(Interval::new(LOOK, move || this.look()));
        this
    }

    /// The zone in which it writes. What was written before it changed is to be written anew.
    pub(crate) fn zone(self) -> String {
        self.zone.get()
    }

    /// What is computed now is to be computed anew when it changes.
    pub(crate) fn track_zone(self) {
        self.zone.track();
    }

    /// Looks at the clock.
    pub(crate) fn look(self) {
        let there = zone(&format(&Options::default()));
        let travelled = self.zone.try_with_untracked(|zone| *zone != there) == Some(true);
        let today = day_of(now());
        if travelled {
            self.formats.try_set_value(Formats::new());
            self.zone.try_set(there);
        }
        if travelled || self.today.try_get_value().is_some_and(|day| day != today) {
            self.today.try_set_value(today);
            self.changed.with_value(Notify::notify);
        }
    }

    /// The present day, for as long as it lasts.
    fn today(self) -> Day {
        self.changed.with_value(Track::track);
        self.today.get_value()
    }

    /// "10:42".
    pub(crate) fn time(self, at: Timestamp) -> String {
        self.write(at, |formats| &formats.time)
    }

    /// "20 November 2026 at 10:42".
    pub(crate) fn everything(self, at: Timestamp) -> String {
        self.write(at, |formats| &formats.everything)
    }

    /// What the list shows as the time of a conversation.
    pub(crate) fn short(self, at: Timestamp) -> String {
        match ShortForm::of(day_of(at), self.today(), self.is_this_year(at)) {
            ShortForm::Time => self.time(at),
            ShortForm::Yesterday => "Yesterday".to_owned(),
            ShortForm::Weekday => self.write(at, |formats| &formats.weekday),
            ShortForm::Date => self.write(at, |formats| &formats.date),
            ShortForm::DateAndYear => self.write(at, |formats| &formats.date_and_year),
        }
    }

    /// What stands above the messages of a day.
    pub(crate) fn day(self, at: Timestamp) -> String {
        match self.today() - day_of(at) {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ if self.is_this_year(at) => self.write(at, |formats| &formats.long_day),
            _ => self.write(at, |formats| &formats.long_day_and_year),
        }
    }

    fn write(self, at: Timestamp, choose: fn(&Formats) -> &DateTimeFormat) -> String {
        self.formats.with_value(|formats| write(choose(formats), at))
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

/// The zone of a format, which is the reader's when it was made.
fn zone(format: &DateTimeFormat) -> String {
    let zone = Reflect::get(&format.resolved_options(), &"timeZone".into());
    zone.ok().and_then(|zone| zone.as_string()).unwrap_or_default()
}

/// As machines read it, for `datetime`.
pub(crate) fn machine_readable(at: Timestamp) -> String {
    String::from(Date::new(&JsValue::from_f64(at.0 as f64)).to_iso_string())
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
