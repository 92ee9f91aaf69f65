//! What is said to those who cannot see it: one polite region, at most one sentence a second.

use crate::live::{Kept, Var, keep, var};
use gloo_timers::callback::Timeout;

use crate::dom::{El, div};

const BETWEEN: u32 = 1_000;
/// A sentence is taken away again, so that the same one is heard a second time.
const STAYS: u32 = 4_000;

#[derive(Clone, Copy)]
pub(crate) struct Announcer {
    said: Var<String>,
    waiting: Kept<Waiting>,
}

#[derive(Default)]
struct Waiting {
    arrivals: Vec<String>,
    timer: Option<Timeout>,
    clear: Option<Timeout>,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self { said: var(String::new()), waiting: keep(Waiting::default()) }
    }

    /// Says a sentence now.
    pub(crate) fn say(self, sentence: impl Into<String>) {
        self.said.set(sentence.into());
        self.waiting.update(|waiting| {
            waiting.clear = Some(Timeout::new(STAYS, move || {
                self.said.set(String::new());
            }));
        });
    }

    /// Says that a message came; several within a second become one sentence.
    pub(crate) fn arrived(self, sentence: String) {
        let first = self.waiting.update(|waiting| {
            waiting.arrivals.push(sentence);
            waiting.timer.is_none()
        });
        if first == Some(true) {
            self.say_arrivals();
        }
    }

    fn say_arrivals(self) {
        let arrivals = self.waiting.update(|waiting| {
            let arrivals = std::mem::take(&mut waiting.arrivals);
            waiting.timer =
                (!arrivals.is_empty()).then(|| Timeout::new(BETWEEN, move || self.say_arrivals()));
            arrivals
        });
        if let Some(sentence) = one_sentence(arrivals.unwrap_or_default()) {
            self.say(sentence);
        }
    }

    /// The region itself.
    pub(crate) fn region(self) -> El {
        div("visually-hidden").attr("role", "status").live_text(move || self.said.get())
    }
}

fn one_sentence(mut arrivals: Vec<String>) -> Option<String> {
    match arrivals.len() {
        0 | 1 => arrivals.pop(),
        count => Some(format!("{count} new messages")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_arrival_is_read_out_and_several_are_counted() {
        assert_eq!(one_sentence(vec![]), None);
        assert_eq!(one_sentence(vec!["Ann: hi".to_owned()]).as_deref(), Some("Ann: hi"));
        assert_eq!(one_sentence(vec![String::new(), String::new()]).as_deref(), Some("2 new messages"));
    }
}
