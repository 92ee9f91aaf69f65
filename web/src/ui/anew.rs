//! Elements that become other ones when they say something else.
//!
//! Leptos keeps an element and changes the texts in it. If the browser translates the page, elements of its own
//! have taken the places of these texts, and nobody would see the change. Where an element has one text and
//! nothing else, `prop:textContent` replaces all that is in it.

use leptos::{either::Either, prelude::*};

/// What is said at one place of the page.
pub(crate) struct Anew<S: Send + Sync + 'static>(StoredValue<(Option<S>, bool)>);

impl<S: Send + Sync + 'static> Clone for Anew<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Send + Sync + 'static> Copy for Anew<S> {}

impl<S: PartialEq + Send + Sync + 'static> Anew<S> {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new((None, false)))
    }

    /// A view of elements that say this. It takes the place of the one before, whole if that said something else.
    pub(crate) fn view<V>(self, says: S, view: V) -> Either<V, V> {
        let turn = self.0.try_update_value(|(said, turn)| {
            if said.as_ref() != Some(&says) {
                *said = Some(says);
                *turn = !*turn;
            }
            *turn
        });
        if turn.unwrap_or_default() { Either::Left(view) } else { Either::Right(view) }
    }
}
