//! Icons and the logo, from `web/icons.svg`, which index.html holds.

use crate::dom::{El, drawing};

pub(crate) fn icon(name: &str) -> El {
    drawing("icon", &format!("#icon-{name}"))
}

pub(crate) fn small_icon(name: &str) -> El {
    drawing("icon is-small", &format!("#icon-{name}"))
}

pub(crate) fn logo() -> El {
    drawing("logo", "#logo")
}
