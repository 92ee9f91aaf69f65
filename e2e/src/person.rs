//! Somebody at the page: clicks, types, reads.

mod at_the_browser;
mod at_the_keys;

pub use at_the_browser::{KNOWS_ITS_MEMORY, Memory};

use std::time::Duration;

use anyhow::Result;
use thirtyfour::prelude::*;

use crate::thing::{Thing, button, composer, composer_in, dialog, field, link, own_name, row, text};

/// How long somebody waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How often they look.
pub const GLANCE: Duration = Duration::from_millis(50);

/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// The label of the field above the conversations.
const FIND: &str = "Find people, groups and messages";

/// Keys as WebDriver spells them.
pub const ENTER: &str = "\u{e007}";
pub const ARROW_DOWN: &str = "\u{e015}";
pub const ESCAPE: &str = "\u{e00c}";
const SHIFT_ENTER: &str = "\u{e008}\u{e007}";

/// A person and their browser.
#[derive(Clone)]
pub struct Person {
    name: String,
    browser: WebDriver,
    url: String,
}

/// What a person does in the product, in its words. Everything that knows the page's wording is here.
impl Person {
    pub async fn registers(&self) -> Result<()> {
        self.goes_to("/register").await?;
        self.fills_in_the_form().await?;
        self.click(&button("Create account")).await?;
        self.see(&own_name(&self.name)).await.map(drop)
    }

    pub async fn logs_in(&self) -> Result<()> {
        self.goes_to("/login").await?;
        self.fills_in_the_form().await?;
        self.click(&button("Log in")).await?;
        self.see(&own_name(&self.name)).await.map(drop)
    }

    async fn fills_in_the_form(&self) -> Result<()> {
        self.see(&field("User name")).await?;
        // A person types where the cursor is, and the page puts it there.
        self.until("the cursor in the form", async || {
            Ok(self.script("return document.activeElement?.localName").await? == "input")
        })
        .await?;
        self.fill("User name", &self.name).await?;
        self.fill("Password", PASSWORD).await
    }

    pub async fn logs_out(&self) -> Result<()> {
        self.click(&own_name(&self.name)).await?;
        self.click(&button("Log out")).await?;
        self.see(&field("Password")).await.map(drop)
    }

    /// Finds somebody by name and opens the conversation with them.
    pub async fn opens_the_conversation_with(&self, name: &str) -> Result<()> {
        self.fill(FIND, name).await?;
        self.click(&row(name)).await?;
        self.see(&composer()).await.map(drop)
    }

    /// Opens a conversation from the list.
    pub async fn opens(&self, name: &str) -> Result<()> {
        self.click(&row(name)).await?;
        self.see(&composer()).await.map(drop)
    }

    pub async fn types(&self, keys: &str) -> Result<()> {
        self.with(&composer(), async |composer| composer.send_keys(keys).await).await
    }

    /// Presses keys at whatever has the focus.
    pub async fn presses(&self, keys: &str) -> Result<()> {
        Ok(self.browser.action_chain().send_keys(keys).perform().await?)
    }

    /// Presses one key while Control is down.
    pub async fn presses_control(&self, key: char) -> Result<()> {
        let keys = self.browser.action_chain().key_down(Key::Control).send_keys(key);
        Ok(keys.key_up(Key::Control).perform().await?)
    }

    /// Presses one key while Alt is down, and perhaps Shift.
    pub async fn presses_alt(&self, shift: bool, key: &str) -> Result<()> {
        let mut keys = self.browser.action_chain().key_down(Key::Alt);
        if shift {
            keys = keys.key_down(Key::Shift);
        }
        keys = keys.send_keys(key);
        if shift {
            keys = keys.key_up(Key::Shift);
        }
        Ok(keys.key_up(Key::Alt).perform().await?)
    }

    pub async fn breaks_the_line(&self) -> Result<()> {
        self.types(SHIFT_ENTER).await
    }

    /// Writes a message and presses Enter.
    pub async fn sends(&self, text: &str) -> Result<()> {
        self.types(text).await?;
        self.types(ENTER).await
    }

    /// Waits until the open conversation consists of these messages, in this order.
    pub async fn reads(&self, expected: &[&str]) -> Result<()> {
        self.until(&format!("the messages {expected:?}"), async || Ok(self.messages().await? == expected))
            .await
    }

    pub async fn messages(&self) -> Result<Vec<String>> {
        // WebKit ends the text of an element that ends with a paragraph with a newline, others do not.
        let script = "return [...document.querySelectorAll('[role=log] .message-content')]
                        .map((one) => one.innerText.replace(/\\n+$/, ''))";
        Ok(serde_json::from_value(self.script(script).await?)?)
    }

    /// Goes to the end of the open conversation, if it opened somewhere else.
    pub async fn goes_to_the_latest(&self) -> Result<()> {
        // Its words say how many are new.
        let jump = Thing::new("the way to the latest", "//button[contains(@class, 'jump-to-latest')]");
        if !self.visible(&jump).await?.is_empty() {
            self.click(&jump).await?;
        }
        self.no_longer_sees(&jump).await
    }

    /// How many there are; unlike reading them, counting is no work for the page.
    pub async fn counts_messages(&self) -> Result<usize> {
        let script = "return document.querySelectorAll('[role=log] .message-content').length";
        Ok(serde_json::from_value(self.script(script).await?)?)
    }

    pub async fn has_unread(&self, name: &str, count: usize) -> Result<()> {
        let badge = Thing::new(format!("{count} unread from {name}"), "//*[contains(@class, 'badge')]")
            .inside(&row(name));
        if count == 0 {
            return self.no_longer_sees(&badge).await;
        }
        self.until(&badge.name, async || {
            let shown = self.visible(&badge).await?;
            let Some(first) = shown.first() else { return Ok(false) };
            Ok(first.text().await.is_ok_and(|text| text.contains(&count.to_string())))
        })
        .await
    }

    /// Whether there is a count beside somebody's name at this moment.
    pub async fn shows_unread(&self, name: &str) -> Result<bool> {
        let badge = Thing::new("a badge", "//*[contains(@class, 'badge')]").inside(&row(name));
        Ok(!self.visible(&badge).await?.is_empty())
    }

    /// Whether somebody or some group is among the conversations at this moment.
    pub async fn lists(&self, name: &str) -> Result<bool> {
        Ok(!self.visible(&row(name)).await?.is_empty())
    }

    /// Reads in the header of the open conversation whether the other is there.
    pub async fn sees_in_the_header(&self, words: &str) -> Result<()> {
        let header = Thing::new("the conversation's header", "//main//header[.//h1]");
        self.see(&text(words).inside(&header)).await.map(drop)
    }

    pub async fn makes_the_group(&self, name: &str) -> Result<()> {
        self.click(&button("New group")).await?;
        self.fill("Name", name).await?;
        self.click(&button("Create group")).await?;
        // Until then, the field may be that of the conversation that was open before.
        self.see(&composer_in(name)).await.map(drop)
    }

    pub async fn joins_the_group(&self, name: &str) -> Result<()> {
        self.fill(FIND, name).await?;
        self.click(&button(&format!("Join {name}"))).await?;
        self.see(&composer()).await.map(drop)
    }

    pub async fn leaves_the_group(&self) -> Result<()> {
        self.click(&button("Details")).await?;
        self.click(&button("Leave group")).await?;
        self.click(&button("Leave group").inside(&dialog())).await
    }

    pub async fn opens_the_notes(&self) -> Result<()> {
        self.click(&own_name(&self.name)).await?;
        self.click(&link("Notes to self")).await?;
        self.see(&composer()).await.map(drop)
    }

    /// Waits until the program has taken the place of the page's first paint.
    pub async fn sees_the_program(&self) -> Result<()> {
        self.until("the program", async || {
            Ok(self.script("return !document.querySelector('#shell')").await? == true)
        })
        .await
    }
}
