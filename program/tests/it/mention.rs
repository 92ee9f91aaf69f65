//! Mentions, as clients hear of them.

use protocol::{
    ConversationId, EditMessage, JoinGroup, ListConversations, MarkRead, SendGroupMessage, Seq, ServerEvent,
};

use crate::harness::TestServer;

#[tokio::test]
async fn who_is_mentioned_is_told_and_counted_and_who_is_not_is_not() {
    let server = TestServer::start().await;
    let (ann, ben, cleo) =
        (server.person("ann").await, server.person("ben").await, server.person("cleo").await);
    let (mut anns, mut bens, cleos) = (ann.connect().await, ben.connect().await, cleo.connect().await);
    let lunch = anns.create_group("Lunch").await;
    bens.call(JoinGroup { group_id: lunch.id }).await.unwrap();
    cleos.call(JoinGroup { group_id: lunch.id }).await.unwrap();
    let say = |text: &str| SendGroupMessage::new(lunch.id, text.parse().unwrap());
    let sent = anns.call(say("@Ben, `@cleo`, x@cleo: lunch?")).await.unwrap();
    assert_eq!((&sent.mentions[..], sent.mentions_all), (&[ben.id()][..], false));
    let heard = loop {
        if let ServerEvent::GroupMessage(message) = bens.event().await {
            break message;
        }
    };
    assert_eq!(heard, sent);
    let conversation = ConversationId::Group(lunch.id);
    for (client, mentions) in [(&bens, 1), (&cleos, 0), (&anns, 0)] {
        let list = client.call(ListConversations::default()).await.unwrap();
        assert_eq!(list[0].unread_mentions, mentions);
    }

    let content = "@all: lunch!".parse().unwrap();
    anns.call(EditMessage { message_id: sent.id, content, client_id: None }).await.unwrap();
    let changed = loop {
        if let ServerEvent::MessageChanged(message) = anns.event().await {
            break message;
        }
    };
    assert_eq!((changed.mentions.len(), changed.mentions_all), (0, true));
    let read = cleos.call(MarkRead { conversation, seq: Seq(0), mark: None }).await.unwrap();
    assert_eq!((read.unread, read.unread_mentions), (1, 1));
    let read = cleos.call(MarkRead { conversation, seq: Seq(1), mark: None }).await.unwrap();
    assert_eq!((read.unread, read.unread_mentions), (0, 0));
    server.stop().await;
}
