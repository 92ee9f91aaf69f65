//! Replies that were not sent yet.

use protocol::{Quote, excerpt};

use super::*;

fn excerpts(state: &ChatState) -> Vec<String> {
    let excerpt = |unsent: &Unsent| match &unsent.command {
        Command::Send { reply_to: Some(quote), .. } => Some(quote.excerpt.clone()),
        _ => None,
    };
    state.outbox.entries().iter().filter_map(excerpt).collect()
}

fn reply(name: &str) -> Action {
    let quoted = from_ben(2);
    let reply_to = Some(Quote {
        message_id: quoted.id,
        seq: quoted.seq,
        sender_id: quoted.sender_id,
        excerpt: excerpt(&quoted.content),
    });
    give(name, Command::Send { content: "hi".parse().unwrap(), reply_to })
}

#[test]
fn a_reply_that_was_not_sent_says_what_its_message_says_now_and_nothing_of_one_that_was_deleted() {
    let mut state = ann_with_ben(2);
    for name in ["refused", "waiting"] {
        let _ = state.act(reply(name));
        let _ = state.answer(Answer::Kept(id(name), true));
    }
    let error = ErrorBody::new(ErrorCode::TooMany, "Too many.");
    let _ = state.answer(Answer::Sent(id("refused"), Err(Some(error))));
    let corrected = Message { content: "I meant".parse().unwrap(), ..changed(2, 3) };
    let effects = state.apply(ServerEvent::MessageChanged(corrected));
    assert_eq!(excerpts(&state), ["I meant", "I meant"]);
    let kept: Vec<_> = effects.iter().filter(|effect| matches!(effect, Effect::Keep(_))).collect();
    assert!(
        matches!(&kept[..], [Effect::Keep(unsent)] if unsent.client_id == id("refused")),
        "it may stay for long: {kept:?}"
    );

    // The deletion was missed, and comes with a page.
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let deleted =
        Message { content: MessageText::deleted(), deleted_at: Some(Timestamp(9)), ..changed(2, 4) };
    let _ = state.answer(Answer::Fetched(newest(), Ok(page(vec![from_ben(1), deleted], 2))));
    assert_eq!(excerpts(&state), ["", ""]);
    let _ = state.apply(ServerEvent::MessageChanged(changed(2, 3)));
    assert_eq!(excerpts(&state), ["", ""], "that is over");
}
