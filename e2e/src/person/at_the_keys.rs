//! Somebody without a pointer.

use anyhow::{Result, bail};

use super::Person;

const TAB: &str = "\u{e004}";

/// What has the focus, by its name.
const FOCUSED: &str = "
    const one = document.activeElement;
    const label = one.labels?.[0]?.innerText ?? '';
    return (one.ariaLabel || label || one.innerText || one.localName).trim()";

impl Person {
    /// What has the focus, by its name.
    pub async fn focused(&self) -> Result<String> {
        Ok(self.script(FOCUSED).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Presses Tab until something of this name has the focus.
    pub async fn tabs_to(&self, name: &str) -> Result<()> {
        let mut seen = Vec::new();
        for _ in 0..60 {
            let focused = self.focused().await?;
            if focused.starts_with(name) {
                return Ok(());
            }
            seen.push(focused);
            self.presses(TAB).await?;
        }
        bail!("{} does not come to {name} by Tab, but to {seen:?}", self.name())
    }

    /// Waits until something of this name has it.
    pub async fn has_the_focus_at(&self, name: &str) -> Result<()> {
        let what = format!("the focus at {name}");
        let there = self.until(&what, async || Ok(self.focused().await?.starts_with(name)));
        match there.await {
            Err(error) => bail!("the focus is at {}: {error}", self.focused().await?),
            Ok(()) => Ok(()),
        }
    }
}
