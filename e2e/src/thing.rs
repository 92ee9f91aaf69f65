//! What is on the page, found by role, label and visible text.

/// Something on the page, by what it is for a person.
pub struct Thing {
    pub name: String,
    pub path: String,
}

impl Thing {
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self { name: name.into(), path: path.into() }
    }

    /// The same, only inside of something else.
    pub fn inside(self, outer: &Thing) -> Self {
        Self {
            name: format!("{} in {}", self.name, outer.name),
            path: format!("{}{}", outer.path, self.path),
        }
    }
}

pub fn button(name: &str) -> Thing {
    Thing::new(format!("the button “{name}”"), format!("//button[{}]", named(name)))
}

pub fn link(name: &str) -> Thing {
    Thing::new(format!("the link “{name}”"), format!("//a[{}]", named(name)))
}

pub fn field(label: &str) -> Thing {
    let label_for = format!("@id=//label[contains(normalize-space(.), '{label}')]/@for");
    let inside = format!("ancestor::label[contains(normalize-space(.), '{label}')]");
    Thing::new(
        format!("the field “{label}”"),
        format!("//*[self::input or self::textarea][@aria-label='{label}' or {label_for} or {inside}]"),
    )
}

/// What anybody can read: the innermost element that says this.
pub fn text(words: &str) -> Thing {
    let says = format!("contains(normalize-space(.), \"{words}\")");
    Thing::new(format!("“{words}”"), format!("//*[{says} and not(./*[{says}])]"))
}

/// Somebody or some group in a list.
pub fn row(name: &str) -> Thing {
    Thing::new(format!("“{name}” in a list"), format!("//nav//a[.//*[normalize-space(.)='{name}']]"))
}

pub fn own_name(name: &str) -> Thing {
    let label = format!("Your account: {name},");
    Thing::new("one's own name", format!("//button[starts-with(@aria-label, '{label}')]"))
}

pub fn dialog() -> Thing {
    Thing::new("the dialog", "//dialog[@open]")
}

pub fn composer() -> Thing {
    Thing::new("the composer", "//textarea")
}

/// That of the conversation with this person or group.
pub fn composer_in(name: &str) -> Thing {
    Thing::new(format!("the composer in “{name}”"), format!("//textarea[contains(@placeholder, '{name}')]"))
}

fn named(name: &str) -> String {
    format!("normalize-space(.)='{name}' or @aria-label='{name}' or @title='{name}'")
}
