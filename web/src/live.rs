//! Values that follow others, and what is done again whenever they have changed.
//!
//! Signals, memos, effects and owners are Leptos'. It compiles them anew for every type and every
//! closure that they are given; what passes through here is compiled once.

use std::{any::Any, marker::PhantomData, sync::Arc};

use leptos::prelude::*;

/// A value that is computed; what depends on it runs again only when the value has changed.
///
/// A leptos memo, but one for all kinds of values.
pub(crate) struct Live<T> {
    held: Memo<Held>,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Live<T> {}

#[derive(Clone)]
struct Held {
    value: Arc<dyn Any + Send + Sync>,
    equals: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        (self.equals)(&*self.value, &*other.value)
    }
}

/// See [`Live`].
pub(crate) fn memo<T>(compute: impl Fn() -> T + Send + Sync + 'static) -> Live<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    fn equals<T: PartialEq + 'static>(a: &dyn Any, b: &dyn Any) -> bool {
        a.downcast_ref::<T>() == b.downcast_ref::<T>()
    }
    fn one(compute: Box<dyn Fn() -> Held + Send + Sync>) -> Memo<Held> {
        Memo::new(move |_| compute())
    }
    let held = one(Box::new(move || Held { value: Arc::new(compute()), equals: equals::<T> }));
    Live { held, value: PhantomData }
}

impl<T: 'static> Live<T> {
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(Self::value(&self.held.get()))
    }

    pub(crate) fn track(self) {
        self.held.track();
    }

    #[expect(clippy::expect_used, reason = "only `memo` makes a `Live`, and of this type")]
    fn value(held: &Held) -> &T {
        held.value.downcast_ref().expect("a live value is of its own type")
    }
}

impl<T: Clone + 'static> Live<T> {
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }
}

/// Does something once the page has been built, and again whenever what it read has changed.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    fn one(run: Box<dyn FnMut()>) {
        Effect::new(run);
    }
    one(Box::new(run));
}

/// Like [`effect`], but the first time is now: for what the page is built of.
pub(crate) fn render(mut run: Box<dyn FnMut()>) {
    keep(RenderEffect::new(move |_| run()));
}

/// Keeps something for as long as the present owner lives; then it is dropped.
pub(crate) fn keep(what: impl Any) {
    fn one(what: Box<dyn Any>) {
        StoredValue::new_local(what);
    }
    one(Box::new(what));
}
