//! The delivery layer.
