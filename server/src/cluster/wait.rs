//! Waiting for a queue to be filled.

use tokio::sync::Notify;

/// Takes what is there, or waits until something is. `filled` is notified when something was put there.
pub(super) async fn until_there_is<T>(filled: &Notify, take: impl Fn() -> Option<T>) -> T {
    loop {
        if let Some(something) = take() {
            return something;
        }
        filled.notified().await;
    }
}
