//! Forwarding a message as a link.

use anyhow::{Result, ensure};
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, button, dialog, text};

#[tokio::test]
async fn a_message_is_forwarded_with_a_comment_and_its_link_opens_in_place() -> Result<()> {
    play("forward", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Lunch").await?;
        ann.sends("Cake at four").await?;
        ann.reads(&["Cake at four"]).await?;
        ben.joins_the_group("Lunch").await?;
        ben.reads(&["Cake at four"]).await?;

        let focus = "const row = document.querySelector('.message'); row?.focus(); return !!row";
        ann.until("the row", async || Ok(ann.script(focus).await? == true)).await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Forward…")).await?;
        ann.has_the_focus_at("To").await?;
        // Ben and Ann have not written to each other: he is found by his name.
        ann.presses("be").await?;
        ann.click(&button("ben").inside(&dialog())).await?;
        ann.fill("Comment, if you like", "Do you come?").await?;
        ann.click(&button("Forward").inside(&dialog())).await?;
        ann.see(&text("Forwarded to")).await?;
        // She is where she was.
        ann.reads(&["Cake at four"]).await?;

        ben.has_unread("ann", 1).await?;
        let preview = "return document.querySelector('nav .is-unread .conversation-row-preview').innerText";
        let shown = ben.script(preview).await?;
        ensure!(shown == "Do you come? Link to a message in Lunch", "{shown}");
        ben.opens("ann").await?;
        ben.until("the comment and the link", async || {
            let messages = ben.messages().await?;
            Ok(messages.len() == 1 && messages[0].starts_with("Do you come?\nLink to a message in "))
        })
        .await?;
        ben.script("window.sameDocument = true").await?;
        ben.click(&Thing::new("the link", "//*[@role='log']//a[contains(@href, '/groups/')]")).await?;
        ben.until("the message to be lit", async || {
            Ok(ben
                .script("return document.querySelector('.message.is-lit')?.innerText ?? ''")
                .await?
                .as_str()
                .is_some_and(|text| text.contains("Cake at four")))
        })
        .await?;
        ensure!(ben.script("return window.sameDocument === true").await? == true, "the page was loaded anew");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn nothing_is_forwarded_to_nobody_and_a_private_link_leads_its_other_reader_to_the_same_message()
-> Result<()> {
    play("forward-private", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("The door code is 4711").await?;
        ann.reads(&["The door code is 4711"]).await?;
        let focus = "document.querySelector('.message').focus()";
        ann.script(focus).await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Forward…")).await?;
        ann.click(&button("Forward").inside(&dialog())).await?;
        ann.see(&text("Choose to whom.")).await?;
        // The newest conversations are offered before a letter is typed.
        ann.click(&button("ben").inside(&dialog())).await?;
        ann.click(&button("Forward").inside(&dialog())).await?;
        // In her words it is the conversation with Ben, in his words that with Ann.
        ben.opens("ann").await?;
        ben.click(&Thing::new("the link", "//*[@role='log']//a[contains(@href, '/people/')]")).await?;
        ben.until("the message to be lit", async || {
            Ok(ben.script("return document.querySelector('.message.is-lit')?.dataset.seq ?? ''").await?
                == "1")
        })
        .await?;
        ben.see(&text("The door code is 4711")).await.map(drop)
    })
    .await
}
