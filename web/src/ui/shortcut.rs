//! Keys and what they do, as tables: the same ones say what a key does and do it.

use web_sys::KeyboardEvent;

/// What is held down with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum With {
    Nothing,
    Shift,
    Alt,
    AltShift,
    /// Control, and Command where that is used instead.
    Command,
}

/// Keys that are pressed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chord {
    pub(crate) with: With,
    /// As `KeyboardEvent.key` says it; of a letter, the small one.
    pub(crate) key: &'static str,
}

/// What chords do, each of them the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shortcut<D: 'static> {
    pub(crate) chords: &'static [Chord],
    /// What it does, for people.
    pub(crate) words: &'static str,
    pub(crate) does: D,
}

pub(crate) const fn plain(key: &'static str) -> Chord {
    Chord { with: With::Nothing, key }
}

pub(crate) const fn with(with: With, key: &'static str) -> Chord {
    Chord { with, key }
}

/// What a table says to do at this event.
pub(crate) fn pressed<D: Copy>(table: &[Shortcut<D>], event: &KeyboardEvent) -> Option<D> {
    let pressed = Pressed {
        key: &event.key(),
        command: event.ctrl_key() || event.meta_key(),
        alt: event.alt_key(),
        shift: event.shift_key(),
    };
    found(table, &pressed)
}

/// Whether the key belongs to an input method, which composes. Safari says so by the number alone.
pub(crate) fn composes(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// Whether the key writes a character: alone, with Shift, or with AltGr, which browsers on Windows call Ctrl and Alt.
/// Many keyboards write `@` with it.
pub(crate) fn writes(event: &KeyboardEvent) -> bool {
    let is_chord = event.ctrl_key() || event.meta_key() || event.alt_key();
    event.key().chars().count() == 1 && (!is_chord || event.get_modifier_state("AltGraph"))
}

struct Pressed<'a> {
    key: &'a str,
    command: bool,
    alt: bool,
    shift: bool,
}

fn found<D: Copy>(table: &[Shortcut<D>], pressed: &Pressed<'_>) -> Option<D> {
    let fits = |shortcut: &&Shortcut<D>| shortcut.chords.iter().any(|chord| chord.is(pressed));
    table.iter().find(fits).map(|shortcut| shortcut.does)
}

impl Chord {
    fn is(&self, pressed: &Pressed<'_>) -> bool {
        // Whether a sign needs Shift depends on the keyboard.
        let is_sign = self.key.chars().count() == 1 && !self.key.chars().all(char::is_alphanumeric);
        let shift = pressed.shift && !is_sign;
        let held = match (pressed.command, pressed.alt, shift) {
            (false, false, false) => With::Nothing,
            (false, false, true) => With::Shift,
            (false, true, false) => With::Alt,
            (false, true, true) => With::AltShift,
            (true, false, false) => With::Command,
            _ => return false,
        };
        held == self.with && pressed.key.to_lowercase() == self.key.to_lowercase()
    }

    /// The names of its keys, as they are written on the keyboards of this machine.
    pub(crate) fn names(self, is_mac: bool) -> Vec<&'static str> {
        let (alt, shift) = if is_mac { ("⌥", "⇧") } else { ("Alt", "Shift") };
        let mut names = match self.with {
            With::Nothing => vec![],
            With::Shift => vec![shift],
            With::Alt => vec![alt],
            With::AltShift => vec![alt, shift],
            With::Command => vec![if is_mac { "⌘" } else { "Ctrl" }],
        };
        names.push(match self.key {
            "ArrowUp" => "↑",
            "ArrowDown" => "↓",
            "ArrowLeft" => "←",
            "ArrowRight" => "→",
            "Escape" => "Esc",
            "k" => "K",
            key => key,
        });
        names
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod browser_tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
    use web_sys::KeyboardEventInit;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn a_character_is_written_also_with_alt_gr_and_by_no_chord() {
        let is_written = |key: &str, hold: fn(&KeyboardEventInit)| {
            let init = KeyboardEventInit::new();
            init.set_key(key);
            hold(&init);
            writes(&KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap())
        };
        let alt_gr: fn(&KeyboardEventInit) = |init| {
            init.set_ctrl_key(true);
            init.set_alt_key(true);
            init.set_modifier_alt_graph(true);
        };
        assert!(
            is_written("a", |_| {})
                && is_written("@", alt_gr)
                && is_written("A", |it| it.set_shift_key(true))
        );
        assert!(!is_written("a", |it| it.set_ctrl_key(true)) && !is_written("a", |it| it.set_alt_key(true)));
        assert!(!is_written("Enter", |_| {}) && !is_written("ArrowUp", alt_gr));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Shortcut<u8>; 4] = [
        Shortcut { chords: &[with(With::Command, "k")], words: "", does: 1 },
        Shortcut { chords: &[plain("?"), with(With::Command, "/")], words: "", does: 2 },
        Shortcut { chords: &[with(With::Alt, "ArrowUp")], words: "", does: 3 },
        Shortcut { chords: &[plain("Enter")], words: "", does: 4 },
    ];

    fn at(key: &str, command: bool, alt: bool, shift: bool) -> Option<u8> {
        found(&TABLE, &Pressed { key, command, alt, shift })
    }

    #[test]
    fn a_chord_is_the_key_with_what_is_held_down_and_nothing_else() {
        assert_eq!(at("k", true, false, false), Some(1));
        assert_eq!(at("K", true, false, false), Some(1), "with the caps lock");
        assert_eq!(at("K", true, false, true), None);
        assert_eq!(at("k", false, false, false), None);
        assert_eq!(at("ArrowUp", false, true, false), Some(3));
        assert_eq!(at("ArrowUp", false, true, true), None);
        assert_eq!(at("ArrowUp", true, true, false), None);
        assert_eq!(at("Enter", false, false, false), Some(4));
        assert_eq!(at("Enter", false, false, true), None);
    }

    #[test]
    fn a_sign_is_the_same_with_shift_because_keyboards_differ() {
        assert_eq!((at("?", false, false, true), at("?", false, false, false)), (Some(2), Some(2)));
        assert_eq!((at("/", true, false, true), at("/", true, false, false)), (Some(2), Some(2)));
        assert_eq!(at("?", false, true, true), None);
    }

    #[test]
    fn keys_are_called_what_is_written_on_them() {
        assert_eq!(with(With::Command, "k").names(false), ["Ctrl", "K"]);
        assert_eq!(with(With::Command, "k").names(true), ["⌘", "K"]);
        assert_eq!(with(With::AltShift, "ArrowDown").names(false), ["Alt", "Shift", "↓"]);
        assert_eq!(plain("?").names(false), ["?"]);
    }
}
