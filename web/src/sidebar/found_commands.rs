//! What one can do that fits what somebody types.

use leptos::prelude::*;

use super::Section;
use crate::{
    frame::commands::{Command, Commands},
    ui::icon::Icon,
};

/// The commands that fit, as they change.
pub(super) fn found_commands(query: Memo<String>) -> Memo<Vec<Command>> {
    let commands: Commands = expect_context();
    Memo::new(move |_| {
        let query = query.get();
        commands.offered().into_iter().filter(|command| command.fits(&query)).collect()
    })
}

#[component]
pub(super) fn FoundCommands(
    found: Memo<Vec<Command>>,
    /// Whether somebody's name may still turn out to fit better: Enter in the field waits for that.
    #[prop(into)]
    waits: Signal<bool>,
) -> impl IntoView {
    let commands: Commands = expect_context();
    let row = move |command: Command| {
        view! {
            <li>
                <button
                    class="menu-item found-command"
                    type="button"
                    data-waits=move || waits.get().then_some("")
                    on:click=move |_| commands.run(command)
                >
                    <Icon name=command.icon() />
                    {command.words()}
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || !found.with(Vec::is_empty)>
            <Section id="found-commands" title="Actions">
                <ul>
                    <For each=move || found.get() key=|command| *command let:command>
                        {row(command)}
                    </For>
                </ul>
            </Section>
        </Show>
    }
}
