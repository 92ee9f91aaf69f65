//! What anybody does at any page, and with the browser around it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use thirtyfour::extensions::query::ElementQuery;
use thirtyfour::prelude::*;
use tokio::time::sleep;

use super::{ENTER, GLANCE, PATIENCE, Person};
use crate::thing::{Thing, field, own_name};

/// What a page holds, in bytes, and how many nodes of the document.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Of JavaScript.
    pub heap: f64,
    /// Of WebAssembly; it only ever grows.
    pub program: f64,
    pub nodes: f64,
}

/// Notes the program's memory when it is instantiated; for
/// [`begins_pages_with`](Person::begins_pages_with).
pub const KNOWS_ITS_MEMORY: &str = "
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...how) => {
      const made = await instantiate.apply(WebAssembly, how);
      window.program = made.instance.exports.memory;
      return made;
    };";

impl Person {
    pub fn new(name: &str, browser: WebDriver, url: String) -> Self {
        Self { name: name.to_owned(), browser, url }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same person, who comes to the server by another address.
    pub fn comes_by(mut self, url: String) -> Self {
        self.url = url;
        self
    }

    pub async fn goes_to(&self, path: &str) -> Result<()> {
        Ok(self.browser.goto(format!("{}{path}", self.url)).await?)
    }

    /// Puts a text into the composer as a whole, and sends it.
    pub async fn pastes_and_sends(&self, text: &str) -> Result<()> {
        let script = format!(
            "const field = document.querySelector('textarea');
             field.focus();
             field.setRangeText({});
             field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));",
            json!(text)
        );
        self.script(&script).await?;
        self.types(ENTER).await
    }

    /// Waits until the page has painted what it had to.
    pub async fn rests(&self) -> Result<()> {
        let two_frames = "return new Promise((done) =>
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true), 50))))";
        self.script(two_frames).await.map(drop)
    }

    /// Any address, of any server.
    pub async fn visits(&self, address: &str) -> Result<()> {
        Ok(self.browser.goto(address).await?)
    }

    /// What a page holds, after everything that nothing refers to was collected. Pages that are to be asked
    /// begin with [`KNOWS_ITS_MEMORY`].
    pub async fn memory(&self) -> Result<Memory> {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await?;
        self.devtools("Performance.enable", json!({})).await?;
        let metrics = self.devtools("Performance.getMetrics", json!({})).await?;
        let metrics = metrics["metrics"].as_array().cloned().unwrap_or_default();
        let metric = |name| {
            let found = metrics.iter().find(|metric| metric["name"] == name);
            found.and_then(|metric| metric["value"].as_f64()).ok_or_else(|| anyhow!("no {name}"))
        };
        let program = self.script("return window.program.buffer.byteLength").await?;
        Ok(Memory {
            heap: metric("JSHeapUsedSize")?,
            program: program.as_f64().ok_or_else(|| anyhow!("the program's memory is not known"))?,
            nodes: metric("Nodes")?,
        })
    }

    pub async fn reloads(&self) -> Result<()> {
        Ok(self.browser.refresh().await?)
    }

    /// Closes the tab; the browser stays, with an empty one.
    pub async fn closes_the_page(&self) -> Result<()> {
        let empty = self.browser.new_tab().await?;
        self.browser.close_window().await?;
        Ok(self.browser.switch_to_window(empty).await?)
    }

    /// Opens a second page at the same address, and turns to it.
    pub async fn opens_a_second_tab(&self) -> Result<()> {
        let address = self.browser.current_url().await?;
        let tab = self.browser.new_tab().await?;
        self.browser.switch_to_window(tab).await?;
        self.browser.goto(address.as_str()).await?;
        self.see(&own_name(&self.name)).await.map(drop)
    }

    /// Turns to a page, in the order in which they were opened.
    pub async fn turns_to_tab(&self, index: usize) -> Result<()> {
        let tabs = self.browser.windows().await?;
        let tab = tabs.into_iter().nth(index).ok_or_else(|| anyhow!("there is no tab {index}"))?;
        Ok(self.browser.switch_to_window(tab).await?)
    }

    /// Closes the present page and turns to the first of the others.
    pub async fn closes_this_tab(&self) -> Result<()> {
        self.browser.close_window().await?;
        self.turns_to_tab(0).await
    }

    pub async fn sees_own_name(&self) -> Result<()> {
        self.see(&own_name(&self.name)).await.map(drop)
    }

    /// What stands on the browser's tab.
    pub async fn title(&self) -> Result<String> {
        Ok(self.browser.title().await?)
    }

    /// What the page has fetched over HTTP since it was loaded.
    pub async fn names_of_requests(&self) -> Result<Vec<String>> {
        let script = "return performance.getEntriesByType('resource').map((one) => one.name)";
        Ok(serde_json::from_value(self.script(script).await?)?)
    }

    /// Waits until so many pages share a connection: one holds the lock, the others want it.
    pub async fn shares_a_connection(&self, pages: usize) -> Result<()> {
        let script = "return navigator.locks.query()
                        .then(({ held, pending }) => [held.length, pending.length])";
        self.until("one connection for all pages", async || {
            Ok(self.script(script).await? == json!([1, pages - 1]))
        })
        .await
    }

    /// The machine goes to sleep, for this page: nothing runs in it.
    pub async fn falls_asleep(&self) -> Result<()> {
        self.lives("frozen").await
    }

    pub async fn wakes_up(&self) -> Result<()> {
        self.lives("active").await
    }

    async fn lives(&self, state: &str) -> Result<()> {
        self.browser.cdp().send_raw("Page.setWebLifecycleState", json!({ "state": state })).await?;
        Ok(())
    }

    /// The path of the page's address.
    pub async fn place(&self) -> Result<String> {
        Ok(self.browser.current_url().await?.path().to_owned())
    }

    pub async fn is_at(&self, place: &str) -> Result<()> {
        self.until(place, async || Ok(self.place().await? == place)).await
    }

    /// Waits until one is visible, and returns it.
    pub async fn see(&self, what: &Thing) -> Result<WebElement> {
        self.with(what, async |element| Ok(element)).await
    }

    pub async fn click(&self, what: &Thing) -> Result<()> {
        self.with(what, async |element| element.click().await).await
    }

    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        self.with(&field(label), async |element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await
    }

    /// Waits until none is visible any more.
    pub async fn no_longer_sees(&self, what: &Thing) -> Result<()> {
        let gone = async || self.look_for(what).wait_until_gone().await;
        self.patiently(&format!("{} to be gone", what.name), gone).await
    }

    /// Waits until a part of the page reads as wanted.
    pub async fn until(&self, what: &str, look: impl AsyncFn() -> Result<bool>) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !look().await? {
            if Instant::now() > end {
                bail!("{} waits in vain for {what}; the page says:\n{}", self.name, self.page().await?);
            }
            sleep(GLANCE).await;
        }
        Ok(())
    }

    /// The same within a shorter time; says how long it took.
    pub async fn within(
        &self,
        limit: Duration,
        what: &str,
        look: impl AsyncFn() -> Result<bool>,
    ) -> Result<Duration> {
        let start = Instant::now();
        let mut late = false;
        while !look().await? {
            late = start.elapsed() > limit;
            if start.elapsed() > PATIENCE {
                bail!("{} waits in vain for {what}; the page says:\n{}", self.name, self.page().await?);
            }
            sleep(GLANCE).await;
        }
        let took = start.elapsed();
        ensure!(!late, "{} waited {took:.1?} for {what}, not {limit:?}", self.name);
        Ok(took)
    }

    /// Everything that can be read on the page.
    pub async fn page(&self) -> Result<String> {
        let text = self.script("return document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.browser.execute(script, Vec::new()).await?.json().clone())
    }

    /// Gives the page this size, and the person this colour scheme.
    pub async fn looks_through(&self, width: u32, height: u32, scheme: &str) -> Result<()> {
        let cdp = self.browser.cdp();
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await?;
        let taste = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        cdp.send_raw("Emulation.setEmulatedMedia", taste).await?;
        Ok(())
    }

    /// Scrolls what is in the middle of the page, as far as there is something.
    pub async fn turns_the_wheel(&self, by: f64) -> Result<()> {
        let turn = json!({ "type": "mouseWheel", "x": 700, "y": 400, "deltaX": 0, "deltaY": by });
        self.devtools("Input.dispatchMouseEvent", turn).await.map(drop)
    }

    /// Something that only Chromium's own protocol can do.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        Ok(self.browser.cdp().send_raw(command, parameters).await?)
    }

    /// Pages that are opened from now on cannot make any WebSocket, as behind some proxies.
    pub async fn loses_websockets(&self) -> Result<()> {
        self.begins_pages_with("window.WebSocket = class { constructor() { throw new Error('blocked') } }")
            .await
    }

    /// Pages that are opened from now on run this before anything of their own.
    pub async fn begins_pages_with(&self, source: &str) -> Result<()> {
        let script = json!({ "source": source });
        self.browser.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await?;
        Ok(())
    }

    /// Pages that are opened from now on can be put into the background by [`hides`](Self::hides).
    pub async fn can_hide_pages(&self) -> Result<()> {
        self.begins_pages_with(
            "let hidden = false;
             Object.defineProperty(document, 'hidden', { get: () => hidden });
             Object.defineProperty(document, 'visibilityState', { get: () => hidden ? 'hidden' : 'visible' });
             window.hide = (is) => { hidden = is; document.dispatchEvent(new Event('visibilitychange')) };",
        )
        .await
    }

    /// Puts the page into the background, or brings it back.
    pub async fn hides(&self, hidden: bool) -> Result<()> {
        self.script(&format!("window.hide({hidden})")).await.map(drop)
    }

    pub async fn photograph(&self, file: &Path) -> Result<()> {
        Ok(self.browser.screenshot(file).await?)
    }

    pub async fn quit(&self) -> Result<()> {
        Ok(self.browser.clone().quit().await?)
    }

    /// Does something with the first visible one; again when the page has just replaced it.
    pub(super) async fn with<T>(
        &self,
        what: &Thing,
        act: impl AsyncFn(WebElement) -> WebDriverResult<T>,
    ) -> Result<T> {
        self.patiently(&what.name, async || act(self.look_for(what).first().await?).await).await
    }

    /// Tries again when the page changes while it is looked at.
    async fn patiently<T>(&self, what: &str, act: impl AsyncFn() -> WebDriverResult<T>) -> Result<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            match act().await {
                Ok(value) => return Ok(value),
                Err(_) if Instant::now() < end => sleep(GLANCE).await,
                Err(problem) => {
                    let page = self.page().await.unwrap_or_else(|_| "nothing at all".to_owned());
                    bail!("{} waits in vain for {what}: {problem}; the page says:\n{page}", self.name)
                }
            }
        }
    }

    fn look_for(&self, what: &Thing) -> ElementQuery {
        self.browser.query(By::XPath(&*what.path)).desc(&what.name).with_filter(is_visible)
    }

    pub(super) async fn visible(&self, what: &Thing) -> Result<Vec<WebElement>> {
        Ok(self.look_for(what).nowait().any().await?)
    }
}

/// Whether a person can see it. WebKitWebDriver's own check leaves out elements that would hide text if
/// they had more of it.
async fn is_visible(element: WebElement) -> WebDriverResult<bool> {
    let script = "const [one] = arguments, box = one.getBoundingClientRect();
        return one.checkVisibility({ opacityProperty: true, visibilityProperty: true })
            && box.width > 0 && box.height > 0;";
    let seen = element.handle().execute(script, vec![element.to_json()?]).await;
    // One that was replaced in the meantime is not visible.
    Ok(seen.is_ok_and(|seen| seen.json() == true))
}
