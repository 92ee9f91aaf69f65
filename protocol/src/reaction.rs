//! Reactions: an emoji that somebody puts on a message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{MessageId, UserId},
    text::{Emoji, stored},
};

/// The people who put the same emoji on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// The emoji.
    #[serde(deserialize_with = "stored")]
    pub emoji: Emoji,
    /// All of them, in the order in which they came; at least one.
    pub user_ids: Vec<UserId>,
}

/// Puts an emoji on a message. Doing it again is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddReaction {
    /// Which message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: Emoji,
}

/// Takes one's emoji off a message again. If it is not there, nothing happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoveReaction {
    /// Which message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: Emoji,
}

/// Puts somebody's emoji among the reactions of a message. Returns whether it was not there.
pub fn add_reaction(reactions: &mut Vec<Reaction>, emoji: &Emoji, user: UserId) -> bool {
    match reactions.iter_mut().find(|reaction| reaction.emoji == *emoji) {
        Some(reaction) if reaction.user_ids.contains(&user) => false,
        Some(reaction) => {
            reaction.user_ids.push(user);
            true
        }
        None => {
            reactions.push(Reaction { emoji: emoji.clone(), user_ids: vec![user] });
            true
        }
    }
}

/// Takes somebody's emoji away. Returns whether it was there.
pub fn remove_reaction(reactions: &mut Vec<Reaction>, emoji: &Emoji, user: UserId) -> bool {
    let Some(index) = reactions.iter().position(|reaction| reaction.emoji == *emoji) else { return false };
    let users = &mut reactions[index].user_ids;
    let before = users.len();
    users.retain(|one| *one != user);
    let removed = users.len() < before;
    if users.is_empty() {
        reactions.remove(index);
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);

    #[test]
    fn each_person_puts_each_emoji_once_and_an_emoji_without_people_goes() {
        let [thumb, heart]: [Emoji; 2] = ["👍", "❤️"].map(|emoji| emoji.parse().unwrap());
        let mut reactions = Vec::new();
        assert!(add_reaction(&mut reactions, &thumb, ANN));
        assert!(!add_reaction(&mut reactions, &thumb, ANN));
        assert!(add_reaction(&mut reactions, &heart, ANN));
        assert!(add_reaction(&mut reactions, &thumb, BEN));
        let both = Reaction { emoji: thumb.clone(), user_ids: vec![ANN, BEN] };
        assert_eq!(reactions[0], both);
        assert!(remove_reaction(&mut reactions, &thumb, ANN));
        assert!(!remove_reaction(&mut reactions, &thumb, ANN));
        assert!(remove_reaction(&mut reactions, &thumb, BEN));
        assert_eq!(reactions, [Reaction { emoji: heart, user_ids: vec![ANN] }]);
    }
}
