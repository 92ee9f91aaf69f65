//! The frontend ignores an event of the server.

#[path = "support/calculator.rs"]
mod calculator;

use calculator::Answer;

fn apply(answer: Answer) {
    match answer {
        Answer::Sum(_) => {}
    }
}

fn main() {}
