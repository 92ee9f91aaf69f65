//! Closures that are run again when what they read has changed, each kind behind one type.
//!
//! Leptos compiles its machinery anew for every closure that it is given, which is most of a
//! page's size. What passes through here is compiled once.

use std::{any::Any, marker::PhantomData, sync::Arc};

use leptos::{ev::MouseEvent, prelude::*};

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

/// To be handed to a view.
impl<T: Clone + Send + Sync + 'static> From<Live<T>> for Signal<T> {
    fn from(live: Live<T>) -> Self {
        derived(move || live.get())
    }
}

/// A value that is computed whenever somebody reads it: texts and attributes.
pub(crate) fn derived<T>(compute: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: Send + Sync + 'static,
{
    Signal::derive(compute)
}

/// Does something now, and again whenever what it read has changed.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    fn one(run: Box<dyn FnMut()>) {
        Effect::new(run);
    }
    one(Box::new(run));
}

/// A part of the page that is built anew whenever what it reads has changed.
pub(crate) fn part(build: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    fn one(build: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
        (move || build()).into_any()
    }
    one(Box::new(build))
}

/// A part of the page that is there only while something holds.
pub(crate) fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    build: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let holds = memo(holds);
    part(move || if holds.get() { build() } else { ().into_any() })
}

/// One of many: its key, and how to build it.
pub(crate) struct Item {
    key: String,
    build: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Item {
    pub(crate) fn new(key: String, build: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self { key, build: Box::new(build) }
    }
}

/// A list whose items stay what they are while others come, go and change places.
pub(crate) fn list(items: impl Fn() -> Vec<Item> + Send + 'static) -> AnyView {
    fn one(items: Box<dyn Fn() -> Vec<Item> + Send>) -> AnyView {
        let key = |item: &Item| item.key.clone();
        view! { <For each=items key=key children=|item: Item| (item.build)() /> }.into_any()
    }
    one(Box::new(items))
}

/// What a press does.
pub(crate) fn press(mut act: impl FnMut() + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(move |_| act())
}
