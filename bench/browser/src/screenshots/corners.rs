//! Screens that few people have: very narrow, enlarged, with the browser's own colours, with long names and
//! with names from the right; and the sheet of a touch screen.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use e2e::account::{Account, Bot};
use e2e::person::{ESCAPE, Person};
use e2e::scene::play;
use e2e::thing::{button, row};
use serde_json::json;
use tokio::time::sleep;

const LONG_NAME: &str = "Quarterly planning for the northern and southern regions, 2027";
const ARABIC_NAME: &str = "مجموعة الغداء";

pub(super) async fn run(album: &Path) -> Result<()> {
    play("screenshots-corners", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let url = scene.server.url();
        let ben = Bot::writes_to(&url, "ann").await?;
        for name in ["bartholomew-featherstonehaugh-jr", "محمد", "שירה"] {
            Account::register(&url, name).await?;
        }
        for text in ["Cake at four?", "**Bring** `plates`, please: https://a.example/list", "שלום"] {
            ben.says(text).await?;
        }
        for name in [LONG_NAME, ARABIC_NAME] {
            ann.makes_the_group(name).await?;
            ann.sends("First").await?;
        }
        ann.opens("ben").await?;
        ann.sends("Yes!").await?;
        let private = ann.place().await?;
        ann.opens(ARABIC_NAME).await?;
        let arabic = ann.place().await?;
        ann.opens(LONG_NAME).await?;
        let long = ann.place().await?;

        ann.looks_through(320, 640, "light").await?;
        round(&ann, album, "320", &[&private, &arabic, &long]).await?;
        // 200 % of a window of 1280 by 800.
        let enlarged = json!({ "width": 640, "height": 400, "deviceScaleFactor": 2, "mobile": false });
        ann.devtools("Emulation.setDeviceMetricsOverride", enlarged).await?;
        round(&ann, album, "enlarged", &[&private, &arabic, &long]).await?;
        ann.looks_through(1280, 800, "light").await?;
        round(&ann, album, "long-names", &[&private, &arabic, &long]).await?;
        let forced = json!({ "features": [
            { "name": "forced-colors", "value": "active" },
            { "name": "prefers-color-scheme", "value": "dark" },
        ] });
        ann.devtools("Emulation.setEmulatedMedia", forced).await?;
        round(&ann, album, "forced", &[&private, &arabic, &long]).await?;

        let touch = json!({ "enabled": true, "maxTouchPoints": 1 });
        ann.devtools("Emulation.setTouchEmulationEnabled", touch).await?;
        for (width, height) in [(390, 844), (768, 1024)] {
            for scheme in super::SCHEMES {
                ann.looks_through(width, height, scheme).await?;
                ann.goes_to(&private).await?;
                ann.until("the messages", async || Ok(ann.counts_messages().await? > 3)).await?;
                ann.rests().await?;
                let place = "const at = [...document.querySelectorAll('.message-content')].at(-1)
                    .getBoundingClientRect(); return { x: at.x + 8, y: at.y + 8 }";
                let points = json!([ann.script(place).await?]);
                let start = json!({ "type": "touchStart", "touchPoints": points });
                ann.devtools("Input.dispatchTouchEvent", start).await?;
                moment().await;
                let end = json!({ "type": "touchEnd", "touchPoints": [] });
                ann.devtools("Input.dispatchTouchEvent", end).await?;
                moment().await;
                ann.photograph(&album.join(format!("corners-sheet-{width}-{scheme}.png"))).await?;
                ann.click(&button("Another emoji")).await?;
                moment().await;
                ann.photograph(&album.join(format!("corners-sheet-picker-{width}-{scheme}.png"))).await?;
                ann.presses(ESCAPE).await?;
            }
        }
        Ok(())
    })
    .await
}

fn moment() -> impl Future<Output = ()> {
    sleep(Duration::from_millis(700))
}

/// The list, each conversation, its details, a menu, a dialog.
async fn round(ann: &Person, album: &Path, look: &str, places: &[&str]) -> Result<()> {
    let picture = |name: &str| album.join(format!("corners-{look}-{name}.png"));
    ann.goes_to("/").await?;
    ann.sees_the_program().await?;
    moment().await;
    ann.photograph(&picture("list")).await?;
    for (number, place) in places.iter().enumerate() {
        ann.goes_to(place).await?;
        ann.sees_the_program().await?;
        moment().await;
        ann.photograph(&picture(&format!("conversation-{number}"))).await?;
        ann.click(&button("Details")).await?;
        moment().await;
        ann.photograph(&picture(&format!("details-{number}"))).await?;
        ann.click(&button("Close details")).await?;
    }
    ann.script("document.activeElement.blur(); document.querySelector('.message').focus()").await?;
    sleep(Duration::from_millis(200)).await;
    ann.click(&button("More")).await?;
    moment().await;
    ann.photograph(&picture("menu")).await?;
    ann.click(&button("Delete")).await?;
    moment().await;
    ann.photograph(&picture("dialog")).await?;
    ann.goes_to("/").await?;
    ann.see(&row("ben")).await.map(drop)
}
