//! Values that follow others, and what is done again whenever they have changed.
//!
//! Signals, memos, effects and owners are Leptos'. It compiles them anew for every type and every
//! closure that they are given; what passes through here is compiled once.

use std::{any::Any, marker::PhantomData, sync::Arc};

use crate::reactive::*;

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

/// A value that is set; what depends on it runs again whenever it is.
///
/// A leptos signal, but one for all kinds of values. To set it does nothing once its owner is gone.
pub(crate) struct Var<T> {
    held: RwSignal<Box<dyn Any + Send + Sync>>,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Var<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Var<T> {}

/// See [`Var`].
pub(crate) fn var<T: Send + Sync + 'static>(value: T) -> Var<T> {
    fn one(value: Box<dyn Any + Send + Sync>) -> RwSignal<Box<dyn Any + Send + Sync>> {
        RwSignal::new(value)
    }
    Var { held: one(Box::new(value)), value: PhantomData }
}

impl<T: 'static> Var<T> {
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(read)
    }

    #[expect(clippy::expect_used, reason = "leptos' own signals do the same")]
    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.try_with_untracked(read).expect("whoever reads a value does not outlive it")
    }

    fn try_with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        fn one(held: RwSignal<Box<dyn Any + Send + Sync>>, read: &mut dyn FnMut(&dyn Any)) {
            held.try_with_untracked(|held| read(&**held));
        }
        let (mut read, mut result) = (Some(read), None);
        one(self.held, &mut |value| {
            result = read.take().zip(value.downcast_ref()).map(|(read, value)| read(value))
        });
        result
    }

    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        fn one(held: RwSignal<Box<dyn Any + Send + Sync>>, change: &mut dyn FnMut(&mut dyn Any)) {
            held.try_update(|held| change(&mut **held));
        }
        let mut change = Some(change);
        one(self.held, &mut |value| {
            if let Some((change, value)) = change.take().zip(value.downcast_mut()) {
                change(value);
            }
        });
    }

    pub(crate) fn set(self, value: T) {
        self.update(|held| *held = value);
    }

    pub(crate) fn track(self) {
        self.held.track();
    }
}

impl<T: Clone + 'static> Var<T> {
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// `None` once its owner is gone.
    pub(crate) fn try_get_untracked(self) -> Option<T> {
        self.try_with_untracked(T::clone)
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

/// A value that nothing depends on. It is dropped with its owner; then it is `None`, and to change
/// it does nothing.
pub(crate) struct Kept<T> {
    held: StoredValue<Box<dyn Any>, LocalStorage>,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kept<T> {}

/// Keeps something for as long as the present owner lives.
pub(crate) fn keep<T: 'static>(value: T) -> Kept<T> {
    fn one(value: Box<dyn Any>) -> StoredValue<Box<dyn Any>, LocalStorage> {
        StoredValue::new_local(value)
    }
    Kept { held: one(Box::new(value)), value: PhantomData }
}

impl<T: 'static> Kept<T> {
    pub(crate) fn update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        fn one(held: StoredValue<Box<dyn Any>, LocalStorage>, change: &mut dyn FnMut(&mut dyn Any)) {
            held.try_update_value(|held| change(&mut **held));
        }
        let (mut change, mut result) = (Some(change), None);
        one(self.held, &mut |value| {
            result = change.take().zip(value.downcast_mut()).map(|(change, value)| change(value));
        });
        result
    }

    pub(crate) fn set(self, value: T) {
        self.update(|held| *held = value);
    }
}

impl<T: Clone + 'static> Kept<T> {
    pub(crate) fn get(self) -> Option<T> {
        self.update(|held| held.clone())
    }
}
