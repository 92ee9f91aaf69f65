//! The way in, the first run, and the offer of notifications.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use e2e::account::Bot;
use e2e::person::ESCAPE;
use e2e::scene::play;
use e2e::thing::{button, own_name, text};
use tokio::time::sleep;

use super::{SCHEMES, WIDTHS};

/// The browser has not been asked about notifications.
const PREPARE: &str = "window.Notification = class { static permission = 'default' }";

pub(super) async fn run(album: &Path) -> Result<()> {
    play("screenshots-entrance", async |scene| {
        let ann = scene.person("ann").await?;
        ann.begins_pages_with(PREPARE).await?;
        ann.can_hide_pages().await?;
        let looks: Vec<_> =
            WIDTHS.into_iter().flat_map(|size| SCHEMES.map(|scheme| (size, scheme))).collect();
        let moment = || sleep(Duration::from_millis(400));
        for &((width, height), scheme) in &looks {
            let picture = |name: &str| album.join(format!("entrance-{name}-{width}-{scheme}.png"));
            ann.looks_through(width, height, scheme).await?;
            ann.goes_to("/register").await?;
            ann.see(&button("Create account")).await?;
            moment().await;
            ann.photograph(&picture("register")).await?;
            ann.click(&button("Create account")).await?;
            moment().await;
            ann.photograph(&picture("register-wrong")).await?;
            ann.goes_to("/login").await?;
            ann.fill("User name", "nobody").await?;
            ann.fill("Password", "not the password").await?;
            ann.click(&button("Log in")).await?;
            moment().await;
            ann.photograph(&picture("login-wrong")).await?;
        }
        ann.registers().await?;
        for &((width, height), scheme) in &looks {
            let picture = |name: &str| album.join(format!("entrance-{name}-{width}-{scheme}.png"));
            ann.looks_through(width, height, scheme).await?;
            ann.goes_to("/").await?;
            ann.sees_own_name().await?;
            moment().await;
            ann.photograph(&picture("first-run")).await?;
            ann.click(&own_name("ann")).await?;
            moment().await;
            ann.photograph(&picture("account")).await?;
            ann.presses(ESCAPE).await?;
            ann.goes_to("/nowhere").await?;
            ann.see(&text("Page not found")).await?;
            moment().await;
            ann.photograph(&picture("nowhere")).await?;
        }
        let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
        for &((width, height), scheme) in &looks {
            ann.looks_through(width, height, scheme).await?;
            ann.goes_to("/").await?;
            ann.sees_own_name().await?;
            ann.hides(true).await?;
            ben.says("Are you there?").await?;
            moment().await;
            ann.hides(false).await?;
            moment().await;
            ann.photograph(&album.join(format!("entrance-offer-{width}-{scheme}.png"))).await?;
        }
        scene.server.stop()?;
        sleep(Duration::from_secs(3)).await;
        for ((width, height), scheme) in looks {
            ann.looks_through(width, height, scheme).await?;
            moment().await;
            ann.photograph(&album.join(format!("entrance-broken-{width}-{scheme}.png"))).await?;
        }
        Ok(())
    })
    .await
}
