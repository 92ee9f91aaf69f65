//! Whatever somebody writes is text or its formatting: nothing of it is carried out, and all of it arrives
//! as it was.

mod inputs;

use std::cell::RefCell;
use std::collections::HashSet;

use anyhow::{Context as _, Result, ensure};
use client::Client;
use e2e::account::Account;
use e2e::person::Person;
use e2e::scene::play;
use e2e::thing::composer;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use protocol::{
    Chat, ConversationId, CreateGroup, FetchHistory, GroupName, JoinGroup, MessageText, SendPrivateMessage,
    UserId, Username, Visibility, limits,
};
use serde_json::json;

/// Runs before anything of the page. It says what must not be called, and notes what the policy
/// refused.
const WATCH: &str = "
    window.carriedOut = [];
    window.refused = [];
    window.canary = window.alert = window.confirm = window.prompt = (...words) => carriedOut.push(words);
    document.addEventListener('securitypolicyviolation', (event) =>
      refused.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));";

/// How many calls, or messages on the screen, there are at once.
const AT_ONCE: usize = 40;

#[tokio::test]
async fn whatever_is_written_is_text_in_messages_groups_and_names() -> Result<()> {
    play("content", async |scene| {
        let ann = scene.person("ann").await?;
        ann.begins_pages_with(WATCH).await?;
        ann.registers().await?;
        let url = scene.server.url();
        let anns = Account::of(&url, "ann").await?;
        let ann_id = anns.id;
        let anns = anns.connects(&url);
        let bens = Account::register(&url, "ben").await?.connects(&url);

        let texts = valid::<MessageText>(|text| text.as_str());
        ensure!(texts.len() >= 185, "only {} of the inputs are messages", texts.len());
        receives(&ann, &bens, ann_id, &texts).await?;
        pastes(&ann, &texts).await?;
        let expected: Vec<&str> = texts.iter().chain(&texts).map(MessageText::as_str).collect();
        let kept = history(&bens, ann_id).await?;
        ensure!(
            kept == expected,
            "{:?}",
            kept.iter().zip(expected).find(|(kept, expected)| kept != expected)
        );

        let groups = valid::<GroupName>(|name| name.as_str());
        ensure!(groups.len() >= 100, "only {} of the inputs are names of groups", groups.len());
        make(&bens, &anns, &groups).await?;
        lists_all(&ann, groups.iter().map(GroupName::as_str)).await?;

        let names = arrive(&url, ann_id).await?;
        ensure!(!names.is_empty(), "nobody has one of the inputs as a name");
        lists_all(&ann, names.iter().map(Username::as_str)).await?;

        is_unharmed(&ann).await?;
        // What was stored is shown once more, from the first paint on.
        ann.reloads().await?;
        ann.sees_own_name().await?;
        lists_all(&ann, groups.iter().map(GroupName::as_str)).await?;
        is_unharmed(&ann).await?;
        would_notice(&ann).await
    })
    .await
}

/// The inputs that are valid as such a text, shortened if they must be, and each once.
fn valid<T: std::str::FromStr>(text: impl Fn(&T) -> &str) -> Vec<T> {
    let mut seen = HashSet::new();
    let parsed = inputs::all().filter_map(|input| {
        input.parse::<T>().or_else(|_| input.chars().take(32).collect::<String>().parse()).ok()
    });
    parsed.filter(|one| seen.insert(text(one).to_owned())).collect()
}

/// A text without its spaces and line ends, which are not all in the page as they were written.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Everything that was said, from the first message on.
async fn history(client: &Client<Chat>, with: UserId) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    let mut after = Some(protocol::Seq::ZERO);
    loop {
        let conversation = ConversationId::User(with);
        let page = client
            .call(FetchHistory { after, limit: Some(200), ..FetchHistory::newest(conversation) })
            .await?;
        let Some(last) = page.messages.last() else { return Ok(texts) };
        after = Some(last.seq);
        texts.extend(page.messages.iter().map(|message| message.content.as_str().to_owned()));
    }
}

/// Makes groups of the owner, in which somebody else becomes a member.
async fn make(owner: &Client<Chat>, member: &Client<Chat>, names: &[GroupName]) -> Result<()> {
    let make = async |name: GroupName| -> Result<()> {
        let group = CreateGroup { name, visibility: Visibility::Public, client_id: None };
        let group_id = owner.call(group).await?.id;
        member.call(JoinGroup { group_id }).await?;
        Ok(())
    };
    stream::iter(names.iter().cloned()).map(make).buffered(AT_ONCE).try_collect().await
}

/// Makes people with these names, as far as the server accepts them: a name has mostly letters and
/// digits. They write to somebody.
async fn arrive(url: &str, to: UserId) -> Result<Vec<Username>> {
    let arrive = async |input: &str| -> Option<Username> {
        let name: String = input.chars().take(*limits::USERNAME_CHARS.end()).collect();
        let account = Account::register(url, &name).await.ok()?;
        let content = "It is me".parse().ok()?;
        let hello = SendPrivateMessage::new(to, content);
        account.connects(url).call(hello).await.ok()?;
        name.parse().ok()
    };
    Ok(stream::iter(inputs::all()).map(arrive).buffered(4).filter_map(async |name| name).collect().await)
}

/// Somebody else says all of it.
async fn receives(person: &Person, from: &Client<Chat>, to: UserId, texts: &[MessageText]) -> Result<()> {
    let say = async |content: MessageText| from.call(SendPrivateMessage::new(to, content)).await;
    let (first, rest) = texts.split_first().context("no texts")?;
    say(first.clone()).await?;
    person.opens("ben").await?;
    shows_last(person, std::slice::from_ref(first)).await?;
    for some in rest.chunks(AT_ONCE) {
        for text in some {
            say(text.clone()).await?;
        }
        shows_last(person, some).await?;
    }
    Ok(())
}

/// Puts each into the composer and sends it.
async fn pastes(person: &Person, texts: &[MessageText]) -> Result<()> {
    for some in texts.chunks(AT_ONCE) {
        for text in some {
            person.see(&composer()).await?;
            let script = format!(
                "const field = document.querySelector('textarea');
                 field.focus();
                 field.value = {};
                 field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));
                 field.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true }}));",
                json!(text.as_str()),
            );
            person.script(&script).await?;
        }
        shows_last(person, some).await?;
    }
    Ok(())
}

/// Waits until these are the last messages on the page: every character of them that can be seen,
/// but for the formatting.
async fn shows_last(person: &Person, texts: &[MessageText]) -> Result<()> {
    let expected: Vec<String> =
        texts.iter().map(|text| visible(inputs::without_formatting(text.as_str()))).collect();
    let script = format!(
        "const all = [...document.querySelectorAll('[role=log] .message-content')];
         let log = document.querySelector('[role=log]');
         while (log && log.scrollHeight <= log.clientHeight) log = log.parentElement;
         if (log) log.scrollTop = log.scrollHeight;
         return all.slice(-{}).map((one) => one.textContent)",
        expected.len(),
    );
    let shown = async || -> Result<Vec<String>> {
        let shown: Vec<String> = serde_json::from_value(person.script(&script).await?)?;
        Ok(shown.iter().map(|text| visible(text)).collect())
    };
    if let Err(problem) = person.until("the messages", async || Ok(shown().await? == expected)).await {
        let shown = shown().await?;
        let differs = shown.iter().zip(&expected).find(|(shown, expected)| shown != expected);
        return Err(problem.context(format!("{differs:?} of {} messages", shown.len())));
    }
    Ok(())
}

/// Waits until the list of conversations has all these names, to the letter.
async fn lists_all(person: &Person, names: impl Iterator<Item = &str>) -> Result<()> {
    let missing: RefCell<HashSet<&str>> = RefCell::new(names.collect());
    // Of a long list only the rows near the screen are in the page.
    let script = "const list = document.querySelector('.sidebar-scroll');
        const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
        list.scrollTop = end ? 0 : list.scrollTop + list.clientHeight / 2;
        return [...list.querySelectorAll('a bdi')].map((one) => one.textContent)";
    let listed = person.until("names in the list", async || {
        let shown: HashSet<String> = serde_json::from_value(person.script(script).await?)?;
        missing.borrow_mut().retain(|name| !shown.contains(*name));
        Ok(missing.borrow().is_empty())
    });
    listed.await.with_context(|| format!("{:?} are not in the list", missing.borrow()))
}

/// Nothing was carried out or refused, and no link leads to a script.
async fn is_unharmed(person: &Person) -> Result<()> {
    let harm = person.script("return [carriedOut, refused]").await?;
    ensure!(harm == json!([[], []]), "carried out, refused: {harm}");
    let script = "return [...document.querySelectorAll('a[href], [src], form')]
                    .map((one) => one.href ?? one.src ?? one.action)
                    .filter((address) => !/^(https?|mailto|blob):/.test(address))";
    let links = person.script(script).await?;
    ensure!(links == json!([]), "links that lead elsewhere: {links}");
    Ok(())
}

/// This test would have noticed: the policy reports what it refuses, and somebody hears the report.
async fn would_notice(person: &Person) -> Result<()> {
    let smuggle = "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=canary()>'); canary()";
    person.script(smuggle).await?;
    person
        .until("the refusal of a script", async || {
            Ok(person.script("return [carriedOut.length, refused.length]").await? == json!([1, 1]))
        })
        .await
        .context("what watches the page does not work")
}
