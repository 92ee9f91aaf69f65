//! Values that have stopped changing.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

/// What `value` is once it has not changed for so many milliseconds; the first value at once.
pub(crate) fn rested<T>(value: impl Into<Signal<T>>, wait: u32) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let value: Signal<T> = value.into();
    let rested = RwSignal::new(value.get_untracked());
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let value = value.get();
        let is_new = rested.with_untracked(|rested| *rested != value);
        timer.set_value(is_new.then(|| {
            Timeout::new(wait, move || {
                rested.try_set(value);
            })
        }));
    });
    rested.into()
}
