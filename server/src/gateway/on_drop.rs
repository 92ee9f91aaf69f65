//! Something that is done when its holder is gone, so that the holder need not know what it is.

/// Calls a function when it is dropped.
pub(super) struct OnDrop(Option<Box<dyn FnOnce() + Send + Sync>>);

impl OnDrop {
    pub(super) fn new(call: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(call)))
    }

    pub(super) fn nothing() -> Self {
        Self(None)
    }

    /// It is not to be called any more.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call();
        }
    }
}
