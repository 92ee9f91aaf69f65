//! What the sidebar shows instead of the conversations while somebody looks for something.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Group, User};

use super::{
    SCROLLER, Section,
    conversation_row::ConversationRows,
    found_commands::{FoundCommands, found_commands},
    message_results::{MessageResults, MessageSearch},
    person_row::PersonRow,
    search::search,
};
use crate::{
    conversation::names::name_in,
    group::found_group::FoundGroup,
    intl::collation::folded,
    store::Store,
    ui::{
        matched::Wanted,
        notice::{Failure, Notice},
        skeleton::Skeleton,
    },
};

#[component]
pub(super) fn Results(query: Memo<String>) -> impl IntoView {
    let store = Store::expect();
    provide_context(Wanted(query));
    let people = search(query, move |query| store.find_people(query));
    let groups = search(query, move |query| store.find_groups(query));
    let messages = MessageSearch::start(query);

    // Prepares every name once, and not again at each letter.
    let named = store.select(
        || [Topic::List],
        |state| {
            let ids = state.sorted_conversations().into_iter().map(|(id, _)| id);
            ids.map(|id| (id, folded(&name_in(state, id)))).collect::<Vec<_>>()
        },
    );
    let wanted = Memo::new(move |_| folded(&query.get()));
    let own = Memo::new(move |_| {
        let wanted = wanted.get();
        let fits = |(id, name): &(ConversationId, String)| name.contains(&wanted).then_some(*id);
        named.with(|named| named.iter().filter_map(fits).collect::<Vec<_>>())
    });
    let others = Memo::new(move |_| {
        let (own, wanted) = (own.get(), wanted.get());
        let is_new = |user: &User| {
            user.id != store.me()
                && !own.contains(&ConversationId::User(user.id))
                // A person who does not fit any more disappears at once.
                && folded(user.username.as_str()).contains(&wanted)
        };
        let found = people.get().and_then(Result::ok).unwrap_or_default();
        found.into_iter().filter(is_new).map(|user| user.id).collect::<Vec<_>>()
    });
    let public = Memo::new(move |_| {
        let (own, wanted) = (own.get(), wanted.get());
        let is_new = |group: &Group| {
            !own.contains(&ConversationId::Group(group.id)) && folded(group.name.as_str()).contains(&wanted)
        };
        let found = groups.get().and_then(Result::ok).unwrap_or_default();
        found.into_iter().filter(is_new).collect::<Vec<_>>()
    });
    let trouble = Memo::new(move |_| {
        let error = |error: Option<String>| error;
        error(people.get().and_then(Result::err)).or_else(|| groups.get().and_then(Result::err))
    });
    let commands = found_commands(query);
    let names_load = Signal::derive(move || people.get().is_none() || groups.get().is_none());
    let is_loading = move || names_load.get() || messages.is_loading();
    let names = Memo::new(move |_| {
        own.with(Vec::len) + others.with(Vec::len) + public.with(Vec::len) + commands.with(Vec::len)
    });
    // A sentence about the messages, such as what is wrong with the query, stands for a result.
    let count = Memo::new(move |_| names.get() + messages.count() + usize::from(messages.has_sentence()));
    let again = Callback::new(move |()| {
        people.refetch();
        groups.refetch();
    });

    let rest = move || match (trouble.get(), count.get()) {
        (Some(text), _) => view! { <Failure title="The search did not work" text again /> }.into_any(),
        (None, 0) if is_loading() => view! { <Skeleton rows=3 /> }.into_any(),
        (None, 0) => {
            let title = format!("Nothing found for “{}”", query.get());
            let text = "Try a part of the name, or other words of the message. Private groups can be joined by \
                        their link only.";
            view! { <Notice icon="find" title text /> }.into_any()
        }
        _ => ().into_any(),
    };
    // The rows themselves are not read out at each letter; how many there are is enough.
    let summary = move || match names.get() + messages.count() {
        0 if is_loading() => String::new(),
        0 => "Nothing found".to_owned(),
        1 => "1 found".to_owned(),
        count => format!("{count} found"),
    };
    view! {
        <div class="visually-hidden" role="status" prop:textContent=summary></div>
        <Show when=move || !own.with(Vec::is_empty)>
            <Section id="found-conversations" title="Conversations">
                <ConversationRows ids=own scroller=SCROLLER />
            </Section>
        </Show>
        <Show when=move || !others.with(Vec::is_empty)>
            <Section id="found-people" title="People">
                <ul>
                    <For each=move || others.get() key=|user| *user let:user>
                        <li><PersonRow user /></li>
                    </For>
                </ul>
            </Section>
        </Show>
        <Show when=move || !public.with(Vec::is_empty)>
            <Section id="found-groups" title="Public groups">
                <ul>
                    <For
                        each=move || public.get()
                        key=|group| (group.id, group.member_count)
                        let:group
                    >
                        <li><FoundGroup group /></li>
                    </For>
                </ul>
            </Section>
        </Show>
        <FoundCommands found=commands waits=names_load />
        <MessageResults messages />
        {rest}
    }
}
