// Some browsers (Chrome on Android) show notifications only on behalf of a service worker. That is all this
// one is for: it intercepts no request and keeps nothing. web/src/notification/worker.rs starts it.
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(goTo(event.notification.data));
});

// Turns to the page that somebody used last, or opens one.
async function goTo(path) {
  const [page] = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) {
    await clients.openWindow(path);
    return;
  }
  page.postMessage(path);
  await page.focus();
}
