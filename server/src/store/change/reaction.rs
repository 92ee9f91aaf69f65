//! Reacting to messages.

use protocol::{Emoji, Message, MessageId, UserId, add_reaction, limits, remove_reaction};

use super::existing;
use crate::{
    error::{Error, Result},
    store::{Store, writer::Submitted},
};

impl Store {
    /// Puts an emoji of `me` on a message. To do it again changes nothing.
    pub(crate) async fn add_reaction(
        &self,
        me: UserId,
        message: MessageId,
        emoji: Emoji,
    ) -> Result<Submitted<Message>> {
        self.submit_change(me, message, move |_, found| {
            let mut message = existing(found)?;
            if !add_reaction(&mut message.reactions, &emoji, me) {
                return Ok(None);
            }
            check_limits(&message, me)?;
            Ok(Some(message))
        })
        .await
    }

    /// Takes an emoji of `me` off a message, if it is there. A deleted one has none.
    pub(crate) async fn remove_reaction(
        &self,
        me: UserId,
        message: MessageId,
        emoji: Emoji,
    ) -> Result<Submitted<Message>> {
        self.submit_change(me, message, move |_, found| {
            let mut message = found.message.clone();
            Ok(remove_reaction(&mut message.reactions, &emoji, me).then_some(message))
        })
        .await
    }
}

fn check_limits(message: &Message, me: UserId) -> Result<()> {
    let own = message.reactions.iter().filter(|reaction| reaction.user_ids.contains(&me)).count();
    if own > limits::EMOJIS_OF_A_PERSON {
        let most = limits::EMOJIS_OF_A_PERSON;
        let sentence =
            format!("One person puts {most} emojis on a message at most. Take one of yours off first.");
        return Err(Error::too_many_of(sentence));
    }
    let people: usize = message.reactions.iter().map(|reaction| reaction.user_ids.len()).sum();
    if message.reactions.len() > limits::EMOJIS_A_MESSAGE {
        let sentence = format!("A message has {} different emojis at most.", limits::EMOJIS_A_MESSAGE);
        return Err(Error::too_many_of(sentence));
    }
    if people > limits::REACTIONS_A_MESSAGE {
        let sentence = format!("A message has {} reactions at most.", limits::REACTIONS_A_MESSAGE);
        return Err(Error::too_many_of(sentence));
    }
    Ok(())
}
