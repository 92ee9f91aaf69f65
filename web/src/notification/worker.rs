//! Notifications where a page may show none itself, as in Chrome on Android: a service worker
//! (`web/notification-worker.js`) shows them.

use std::sync::LazyLock;

use futures::lock::Mutex;
use gloo::events::EventListener;
use js_sys::{Array, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageEvent, Notification, NotificationOptions, ServiceWorkerContainer, ServiceWorkerRegistration,
};

const SCRIPT: &str = "/notification-worker.js";

/// One thing after the other: Chromium forgets a notification, and leaves it on the screen, if it is asked which
/// ones there are at the moment when that one is shown.
static TURN: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

/// Where the browser has no service workers, and in some private windows, there is none.
fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let there = Reflect::get(&navigator, &"serviceWorker".into()).is_ok_and(|value| value.is_object());
    there.then(|| navigator.service_worker())
}

/// Calls back with the address that a notification leads to when somebody presses it.
pub(super) fn on_press(open: impl Fn(String) + 'static) -> Option<EventListener> {
    let container = container()?;
    let listener = EventListener::new(&container, "message", move |event| {
        if let Some(path) = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()) {
            open(path);
        }
    });
    Some(listener)
}

/// Says whether the notification is there.
pub(super) async fn show(title: &str, options: &NotificationOptions) -> bool {
    try_to_show(title, options).await.is_ok()
}

async fn try_to_show(title: &str, options: &NotificationOptions) -> Result<(), JsValue> {
    let container = container().ok_or(JsValue::NULL)?;
    let _turn = TURN.lock().await;
    // A browser that has it already does nothing.
    JsFuture::from(container.register(SCRIPT)).await?;
    let shows = ready(&container).await?.show_notification_with_options(title, options)?;
    JsFuture::from(shows).await.map(drop)
}

/// Closes the notification of this tag.
pub(super) async fn close(tag: &str) -> Result<(), JsValue> {
    let container = container().ok_or(JsValue::NULL)?;
    let _turn = TURN.lock().await;
    let shown = JsFuture::from(ready(&container).await?.get_notifications()?).await?;
    let shown = Array::from(&shown).into_iter().map(JsCast::unchecked_into::<Notification>);
    shown.filter(|one| one.tag().as_deref() == Some(tag)).for_each(|one| one.close());
    Ok(())
}

/// The worker, once it has started.
async fn ready(container: &ServiceWorkerContainer) -> Result<ServiceWorkerRegistration, JsValue> {
    Ok(JsFuture::from(container.ready()?).await?.unchecked_into())
}
