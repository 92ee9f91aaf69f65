//! The messages that fit what somebody types.

use leptos::{prelude::*, task::spawn_local};
use protocol::{FoundMessages, Hit, MessageId, query::Query};

use super::{Section, message_hit::MessageHit};
use crate::{
    store::Store,
    ui::{notice::Failure, rested::rested, skeleton::Skeleton},
};

/// How long to wait for the next letter.
const TYPING: u32 = 200;

/// What a query finds; asked for again when it has changed and rested.
#[derive(Clone, Copy)]
pub(super) struct MessageSearch {
    first: LocalResource<Answer>,
    /// The pages behind the first one.
    more: RwSignal<Vec<Hit>>,
    next: RwSignal<Option<MessageId>>,
    /// Whether the next page is on its way, or why it did not come.
    further: RwSignal<Further>,
    query: Signal<String>,
    /// Whether it shows what fitted something else than what is typed now.
    is_behind: Memo<bool>,
}

/// The first page with the query that it answers; or what is wrong with the query; or why nothing came.
type Answer = (String, Result<Result<FoundMessages, String>, String>);

#[derive(Clone, Debug, PartialEq)]
enum Further {
    Nothing,
    Loading,
    Failed(String),
}

impl MessageSearch {
    pub(super) fn start(query: Memo<String>) -> Self {
        let store = Store::expect();
        let typed = query;
        let query: Signal<String> = rested::<String>(query, TYPING);
        let first = LocalResource::new(move || {
            let query = query.get();
            async move {
                let answer = match Query::parse(&query) {
                    // Nobody needs to ask for that.
                    Err(error) => Ok(Err(error.to_string())),
                    Ok(_) => store.search_messages(query.clone(), None).await,
                };
                (query, answer)
            }
        });
        let this = Self {
            first,
            more: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            further: RwSignal::new(Further::Nothing),
            query,
            is_behind: Memo::new(move |_| {
                let typed = typed.get();
                first.with(|answer| answer.as_ref().is_none_or(|(query, _)| *query != typed))
            }),
        };
        Effect::new(move |_| {
            let next = this.found(|found| found.next).flatten();
            this.more.set(Vec::new());
            this.next.set(next);
            this.further.set(Further::Nothing);
        });
        this
    }

    fn found<T>(self, part: impl FnOnce(&FoundMessages) -> T) -> Option<T> {
        match &self.first.get()?.1 {
            Ok(Ok(found)) => Some(part(found)),
            _ => None,
        }
    }

    pub(super) fn is_loading(self) -> bool {
        self.first.get().is_none()
    }

    pub(super) fn count(self) -> usize {
        self.found(|found| found.hits.len()).unwrap_or_default() + self.more.with(Vec::len)
    }

    /// Whether something is to be said about the messages.
    pub(super) fn has_sentence(self) -> bool {
        match self.first.get() {
            None => false,
            Some((_, Ok(Ok(found)))) => found.incomplete,
            Some((_, Ok(Err(_)) | Err(_))) => true,
        }
    }

    fn hits(self) -> Vec<Hit> {
        let mut hits = self.found(|found| found.hits.clone()).unwrap_or_default();
        self.more.with(|more| hits.extend(more.iter().cloned()));
        hits
    }

    /// Asks for the next page.
    fn ask_further(self, store: Store) {
        let Some(before) = self.next.get_untracked() else { return };
        let query = self.query.get_untracked();
        self.further.set(Further::Loading);
        spawn_local(async move {
            let answer = store.search_messages(query.clone(), Some(before)).await;
            // Somebody may have typed on meanwhile, or left.
            let still = self.query.try_get_untracked() == Some(query)
                && self.next.try_get_untracked() == Some(Some(before));
            if !still {
                return;
            }
            match answer.and_then(|found| found) {
                Ok(found) => {
                    self.more.update(|more| more.extend(found.hits));
                    self.next.set(found.next);
                    self.further.set(Further::Nothing);
                }
                Err(sentence) => self.further.set(Further::Failed(sentence)),
            }
        });
    }
}

#[component]
pub(super) fn MessageResults(messages: MessageSearch) -> impl IntoView {
    let store = Store::expect();
    let hits = Memo::new(move |_| messages.hits());
    let again = Callback::new(move |()| messages.first.refetch());
    let further = Callback::new(move |()| messages.ask_further(store));
    let sentence = move || match messages.first.get() {
        None => view! { <Skeleton rows=2 /> }.into_any(),
        Some((_, Err(text))) => {
            view! { <Failure title="The messages were not searched" text again /> }.into_any()
        }
        Some((_, Ok(Err(sentence)))) => {
            view! { <p class="message-hits-note" role="status" dir="auto" prop:textContent=sentence></p> }
                .into_any()
        }
        Some((_, Ok(Ok(found)))) if found.incomplete => {
            let text = "This search takes long. There may be more: add a word or a condition.";
            view! { <p class="message-hits-note">{text}</p> }.into_any()
        }
        Some(_) => ().into_any(),
    };
    let rest = move || match messages.further.get() {
        Further::Loading => view! { <Skeleton rows=2 /> }.into_any(),
        Further::Failed(text) => {
            view! { <Failure title="The older ones did not load" text again=further /> }.into_any()
        }
        Further::Nothing if messages.next.get().is_some() => view! {
            <button class="button is-quiet message-hits-more" type="button" on:click=move |_| further.run(())>
                "Show older messages"
            </button>
        }
        .into_any(),
        Further::Nothing => ().into_any(),
    };
    let is_shown = move || messages.is_loading() || messages.has_sentence() || !hits.with(Vec::is_empty);
    view! {
        <Show when=is_shown>
            <Section id="found-messages" title="Messages">
                <ul>
                    <For
                        each=move || hits.get()
                        // The same message is marked anew for another query.
                        key=|hit| (hit.message.id, hit.matches.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>())
                        let:hit
                    >
                        <li><MessageHit hit waits=messages.is_behind /></li>
                    </For>
                </ul>
                {sentence}
                {rest}
            </Section>
        </Show>
    }
}
