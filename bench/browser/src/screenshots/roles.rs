//! A group whose members have roles, as its owner sees it; and the longest names there can be.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use client::Client;
use e2e::account::{Account, says_in_group};
use e2e::person::ESCAPE;
use e2e::scene::play;
use e2e::thing::{Thing, button, text};
use protocol::{
    AddMembers, BanMember, Chat, CreateGroup, DeleteMessage, GroupId, RemoveMember, Role, SendGroupMessage,
    SetRole, UserId, Visibility,
};
use tokio::time::sleep;

use super::{SCHEMES, WIDTHS};

const NAMES: [&str; 5] = ["ben", "cyd", "dora", "emil", "fritz"];
const LONG_GROUP: &str = "Quarterly planning for the northern and southern regions, 27";
const UNBROKEN_GROUP: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter";
const WIDE_GROUP: &str = "北部与南部地区二〇二七年第一季度规划与预算协调工作小组讨论区以及相关资料归档与会议记录整理专用群组第一分组临时";
const LONG_NAMES: [&str; 3] = [
    "bartholomew-featherstonehaugh-jr",
    "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
    "北部与南部地区二〇二七年第一季度规划与预算协调工作小组讨论区资",
];

pub(super) async fn run(album: &Path) -> Result<()> {
    play("screenshots-roles", async |scene| {
        let url = scene.server.url();
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let me = Account::of(&url, "ann").await?;
        let my_id = me.id;
        let by_ann = me.connects(&url);
        let mut people = Vec::new();
        for name in NAMES {
            people.push(known(&url, name).await?);
        }
        let ids: Vec<UserId> = people.iter().map(|(id, _)| *id).collect();
        let group = make(&by_ann, "Release party", &ids).await?;
        let (_, ben) = &people[0];
        let give = |user_id, role| SetRole { group_id: group, user_id, role };
        by_ann.call(give(ids[0], Role::Admin)).await?;
        by_ann.call(give(ids[3], Role::Admin)).await?;
        says_in_group(&people[1].1, group, "Who brings the cake?").await?;
        let content = "Buy my watches".parse().context("a text")?;
        let spam = people[4].1.call(SendGroupMessage::new(group, content)).await?;
        ben.call(DeleteMessage { message_id: spam.id }).await?;
        ben.call(BanMember { group_id: group, user_id: ids[4] }).await?;
        ben.call(RemoveMember { group_id: group, user_id: ids[2] }).await?;
        let mut long_ids = Vec::new();
        for name in LONG_NAMES {
            long_ids.push(known(&url, name).await?.0);
        }
        let mut long = Vec::new();
        for name in [LONG_GROUP, UNBROKEN_GROUP, WIDE_GROUP] {
            let group = make(&by_ann, name, &long_ids).await?;
            by_ann.call(SetRole { group_id: group, user_id: long_ids[0], role: Role::Admin }).await?;
            says_in_group(&by_ann, group, "First").await?;
            long.push(format!("/groups/{group}"));
        }
        by_ann.call(BanMember { group_id: group, user_id: long_ids[2] }).await?;
        let moment = || sleep(Duration::from_millis(700));

        for (width, height) in WIDTHS {
            for scheme in SCHEMES {
                ann.looks_through(width, height, scheme).await?;
                let picture = |name: &str| album.join(format!("roles-{name}-{width}-{scheme}.png"));
                ann.goes_to(&format!("/groups/{group}")).await?;
                ann.see(&text("deleted this message")).await?;
                moment().await;
                ann.photograph(&picture("timeline")).await?;
                ann.click(&button("Details")).await?;
                ann.see(&button("Actions for ben")).await?;
                ann.script("document.querySelector('#members-title').scrollIntoView()").await?;
                moment().await;
                ann.photograph(&picture("members")).await?;
                ann.click(&button("Actions for ben")).await?;
                moment().await;
                ann.photograph(&picture("menu")).await?;
                ann.click(&button("Ban…").inside(&Thing::new("the details", "//aside"))).await?;
                moment().await;
                ann.photograph(&picture("ban")).await?;
                ann.presses(ESCAPE).await?;
                ann.click(&button("Leave group")).await?;
                moment().await;
                ann.photograph(&picture("leave")).await?;
                ann.presses(ESCAPE).await?;
                for (index, place) in long.iter().enumerate() {
                    ann.goes_to(place).await?;
                    ann.click(&button("Details")).await?;
                    ann.see(&text("Members")).await?;
                    moment().await;
                    ann.photograph(&picture(&format!("long-details-{index}"))).await?;
                    ann.script("document.querySelector('#members-title').scrollIntoView()").await?;
                    moment().await;
                    ann.photograph(&picture(&format!("long-members-{index}"))).await?;
                }
                for (name, query) in [("latin", "w"), ("wide", "北")] {
                    ann.goes_to("/").await?;
                    ann.sees_the_program().await?;
                    ann.presses_control('k').await?;
                    ann.script("document.querySelector('.find-input').focus()").await?;
                    ann.presses(query).await?;
                    sleep(Duration::from_millis(1_200)).await;
                    ann.photograph(&picture(&format!("long-search-{name}"))).await?;
                }
            }
        }
        // Somebody removes her while she looks.
        for (width, scheme) in [(390, "light"), (1024, "dark")] {
            ann.looks_through(width, 844, scheme).await?;
            let lost = make(ben, "Chess", &[my_id]).await?;
            ann.goes_to(&format!("/groups/{lost}")).await?;
            ann.see(&Thing::new("the composer", "//textarea")).await?;
            ben.call(RemoveMember { group_id: lost, user_id: my_id }).await?;
            ann.see(&text("ben removed you from Chess.")).await?;
            moment().await;
            ann.photograph(&album.join(format!("roles-removed-{width}-{scheme}.png"))).await?;
            ben.call(BanMember { group_id: lost, user_id: my_id }).await?;
            ann.goes_to(&format!("/groups/{lost}")).await?;
            ann.see(&text("You are banned from this group")).await?;
            moment().await;
            ann.photograph(&album.join(format!("roles-banned-{width}-{scheme}.png"))).await?;
        }
        Ok(())
    })
    .await
}

/// A person with a connection.
async fn known(url: &str, name: &str) -> Result<(UserId, Client<Chat>)> {
    let account = Account::register(url, name).await?;
    Ok((account.id, account.connects(url)))
}

async fn make(owner: &Client<Chat>, name: &str, user_ids: &[UserId]) -> Result<GroupId> {
    let name = name.parse().context("a name")?;
    let group_id =
        owner.call(CreateGroup { name, visibility: Visibility::Public, client_id: None }).await?.id;
    owner.call(AddMembers { group_id, user_ids: user_ids.to_vec() }).await?;
    Ok(group_id)
}
