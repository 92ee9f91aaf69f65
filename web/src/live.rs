//! Closures that are run again when what they read has changed, each kind behind one type.
//!
//! Leptos compiles its machinery anew for every closure that it is given, which is most of a
//! page's size. What passes through here is compiled once.

use leptos::{ev::MouseEvent, prelude::*};

/// A value that is computed; what depends on it runs again only when the value has changed.
pub(crate) fn memo<T>(compute: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    fn one<T>(compute: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| compute())
    }
    one(Box::new(compute))
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
