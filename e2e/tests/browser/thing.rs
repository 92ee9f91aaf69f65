//! What is on the page, found by role, label and visible text.

/// Something on the page, by what it is for a person.
pub(crate) struct Thing {
    pub(crate) name: String,
    pub(crate) path: String,
}

impl Thing {
    pub(crate) fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self { name: name.into(), path: path.into() }
    }

    /// The same, only inside of something else.
    pub(crate) fn inside(self, outer: &Thing) -> Self {
        Self {
            name: format!("{} in {}", self.name, outer.name),
            path: format!("{}{}", outer.path, self.path),
        }
    }
}

pub(crate) fn button(name: &str) -> Thing {
    Thing::new(format!("the button “{name}”"), format!("//button[{}]", named(name)))
}

pub(crate) fn link(name: &str) -> Thing {
    Thing::new(format!("the link “{name}”"), format!("//a[{}]", named(name)))
}

pub(crate) fn field(label: &str) -> Thing {
    let label_for = format!("@id=//label[contains(normalize-space(.), '{label}')]/@for");
    let inside = format!("ancestor::label[contains(normalize-space(.), '{label}')]");
    Thing::new(
        format!("the field “{label}”"),
        format!("//*[self::input or self::textarea][@aria-label='{label}' or {label_for} or {inside}]"),
    )
}

/// What anybody can read: the innermost element that says this.
pub(crate) fn text(words: &str) -> Thing {
    let says = format!("contains(normalize-space(.), \"{words}\")");
    Thing::new(format!("“{words}”"), format!("//*[{says} and not(./*[{says}])]"))
}

/// Somebody or some group in a list.
pub(crate) fn row(name: &str) -> Thing {
    Thing::new(format!("“{name}” in a list"), format!("//nav//a[.//*[normalize-space(.)='{name}']]"))
}

pub(crate) fn own_name(name: &str) -> Thing {
    let label = format!("Your account: {name},");
    Thing::new("one's own name", format!("//button[starts-with(@aria-label, '{label}')]"))
}

pub(crate) fn dialog() -> Thing {
    Thing::new("the dialog", "//dialog[@open]")
}

pub(crate) fn composer() -> Thing {
    Thing::new("the composer", "//textarea")
}

fn named(name: &str) -> String {
    format!("normalize-space(.)='{name}' or @aria-label='{name}' or @title='{name}'")
}
