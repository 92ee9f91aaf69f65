//! The elements of the page: built once by hand, and brought up to date where they are live.
//!
//! ```ignore
//! button("icon-button")
//!     .attr("aria-label", "Details")
//!     .live_attr("aria-expanded", move || open.get().to_string())
//!     .on_press(move || open.update(|open| *open = !*open))
//!     .child(icon("details"))
//! ```
//!
//! What is live is given as a closure. It runs at once, and again whenever a signal or a memo that
//! it read has changed; then that text, attribute or class is set and nothing else of the page is
//! looked at. [`part`], [`when`] and [`list`] do the same for whatever is built of elements.
//!
//! **Owners.** Everything live belongs to the leptos owner that is current while it is built: the
//! page, a part's present content, an item of a list. When that goes, so do its effects, signals,
//! memos and listeners, and what [`on_cleanup`](crate::reactive::on_cleanup) was told runs.
//! Contexts are found from within parts and items; a handler of an event captures what it needs.
//!
//! **Text is text.** There is no way to give HTML to an element: what a person wrote becomes a text
//! node or the value of an attribute.
//!
//! **Why not `view!`.** Leptos compiles its view machinery anew for every element, attribute and
//! closure type; the functions here box their closures and are compiled once. The same page as a
//! `view!` was 226 KB of program with brotli; built this way it was 181 KB.

mod part;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;

use std::borrow::Cow;

use crate::reactive::{Owner, document, window};
use any_spawner::Executor;
use wasm_bindgen::{JsCast as _, UnwrapThrowExt as _, closure::Closure};
use web_sys::{Element, Event, EventTarget, HtmlElement, HtmlInputElement, KeyboardEvent, Node};

use crate::live::{keep, render};
pub(crate) use part::{Item, list, part, when};

/// An element that is being built.
#[must_use = "it is nowhere until it is made somebody's child"]
pub(crate) struct El(Element);

/// An element with its class, which may be empty.
pub(crate) fn el(tag: &str, class: &str) -> El {
    let element = El(document().create_element(tag).unwrap_throw());
    if class.is_empty() { element } else { element.attr("class", class) }
}

pub(crate) fn div(class: &str) -> El {
    el("div", class)
}

pub(crate) fn span(class: &str) -> El {
    el("span", class)
}

/// A paragraph.
pub(crate) fn p(class: &str) -> El {
    el("p", class)
}

/// A button that does what its handler says; one that submits its form is `el("button", …)`.
pub(crate) fn button(class: &str) -> El {
    el("button", class).attr("type", "button")
}

/// A link.
pub(crate) fn a(class: &str, href: &str) -> El {
    el("a", class).attr("href", href)
}

/// A drawing from `web/icons.svg`, which index.html holds, by its name there.
pub(crate) fn drawing(class: &str, name: &str) -> El {
    const SVG: Option<&str> = Some("http://www.w3.org/2000/svg");
    let element = |tag| El(document().create_element_ns(SVG, tag).unwrap_throw());
    let reference = element("use").attr("href", name);
    element("svg").attr("class", class).attr("aria-hidden", "true").child(reference)
}

impl El {
    /// The element itself, for handlers and effects that need it later.
    pub(crate) fn handle(&self) -> Element {
        self.0.clone()
    }

    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        let _ = self.0.set_attribute(name, value);
        self
    }

    /// An attribute that follows what it is computed from; `None` takes it away.
    pub(crate) fn live_attr<V: Into<Value>>(
        self,
        name: &'static str,
        value: impl Fn() -> V + 'static,
    ) -> Self {
        fn one(element: Element, name: &'static str, value: Box<dyn Fn() -> Value>) {
            let mut before = Value(None);
            render(Box::new(move || {
                let now = value();
                if now != before {
                    let _ = match &now.0 {
                        Some(value) => element.set_attribute(name, value),
                        None => element.remove_attribute(name),
                    };
                    before = now;
                }
            }));
        }
        one(self.handle(), name, Box::new(move || value().into()));
        self
    }

    /// All of it follows what it is computed from: it is emptied and filled again. The element
    /// itself stays, and with it the focus.
    pub(crate) fn live(self, fill: impl Fn(Self) -> Self + 'static) -> Self {
        let element = self.handle();
        render(Box::new(move || {
            element.set_text_content(None);
            let _ = fill(Self(element.clone()));
        }));
        self
    }

    /// One more class.
    pub(crate) fn class(self, class: &str) -> Self {
        let _ = self.0.class_list().add_1(class);
        self
    }

    /// A class that is there while something holds.
    pub(crate) fn class_if(self, class: &'static str, holds: impl Fn() -> bool + 'static) -> Self {
        fn one(element: Element, class: &'static str, holds: Box<dyn Fn() -> bool>) {
            render(Box::new(move || {
                let _ = element.class_list().toggle_with_force(class, holds());
            }));
        }
        one(self.handle(), class, Box::new(holds));
        self
    }

    pub(crate) fn text(self, text: &str) -> Self {
        append(&self.0, &text_node(text));
        self
    }

    /// A text that follows what it is computed from.
    pub(crate) fn live_text<T: Into<Cow<'static, str>>>(self, text: impl Fn() -> T + 'static) -> Self {
        fn one(element: &Element, text: Box<dyn Fn() -> Cow<'static, str>>) {
            let node = text_node("");
            append(element, &node);
            let mut before = Cow::Borrowed("");
            render(Box::new(move || {
                let now = text();
                // A live region would say the same again.
                if now != before {
                    node.set_text_content(Some(&now));
                    before = now;
                }
            }));
        }
        one(&self.0, Box::new(move || text().into()));
        self
    }

    /// What stands in a field, as the state has it. See also [`El::on_input`].
    pub(crate) fn live_value(self, value: impl Fn() -> String + 'static) -> Self {
        fn one(field: Element, value: Box<dyn Fn() -> String>) {
            render(Box::new(move || {
                let now = value();
                // Setting it moves the cursor.
                if now != self::value(&field) {
                    field.unchecked_ref::<HtmlInputElement>().set_value(&now);
                }
            }));
        }
        one(self.handle(), Box::new(value));
        self
    }

    pub(crate) fn child(self, child: impl Into<View>) -> Self {
        append(&self.0, &child.into().node);
        self
    }

    pub(crate) fn children(self, children: impl IntoIterator<Item = impl Into<View>>) -> Self {
        children.into_iter().fold(self, |this, child| this.child(child))
    }

    /// Does something whenever the event comes, for as long as the present owner lives.
    pub(crate) fn on(self, event: &'static str, handle: impl FnMut(Event) + 'static) -> Self {
        listen(&self.0, event, handle);
        self
    }

    /// What a press does, by pointer or by key.
    pub(crate) fn on_press(self, mut act: impl FnMut() + 'static) -> Self {
        self.on("click", move |_| act())
    }

    pub(crate) fn on_key(self, mut handle: impl FnMut(&KeyboardEvent) + 'static) -> Self {
        self.on("keydown", move |event| handle(event.unchecked_ref()))
    }

    /// What somebody typed into this field: all that stands in it now.
    pub(crate) fn on_input(self, mut typed: impl FnMut(String) + 'static) -> Self {
        let field = self.handle();
        self.on("input", move |_| typed(value(&field)))
    }

    /// What a form does instead of loading another page.
    pub(crate) fn on_submit(self, mut act: impl FnMut() + 'static) -> Self {
        self.on("submit", move |event| {
            event.prevent_default();
            act();
        })
    }
}

/// The value of an attribute, if it is there.
#[derive(PartialEq)]
pub(crate) struct Value(Option<Cow<'static, str>>);

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self(Some(value.into()))
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Self(Some(value.into()))
    }
}

impl From<Option<&'static str>> for Value {
    fn from(value: Option<&'static str>) -> Self {
        Self(value.map(Cow::Borrowed))
    }
}

/// Whatever can be put into an element: one node or several. Its first and its last node stay the
/// same for as long as it lives, though what is between them may change.
#[must_use = "it is nowhere until it is made somebody's child"]
pub(crate) struct View {
    /// The one, or a fragment that holds them until they are put somewhere.
    node: Node,
    ends: Option<(Node, Node)>,
}

impl View {
    pub(crate) fn nothing() -> Self {
        text_node("").into()
    }

    fn ends(&self) -> (Node, Node) {
        self.ends.clone().unwrap_or_else(|| (self.node.clone(), self.node.clone()))
    }
}

/// Several side by side, without an element around them.
pub(crate) fn together<const N: usize>(views: [View; N]) -> View {
    fn one(views: &[View]) -> View {
        let fragment: Node = document().create_document_fragment().into();
        views.iter().for_each(|view| append(&fragment, &view.node));
        let ends = fragment.first_child().zip(fragment.last_child());
        View { node: fragment, ends }
    }
    one(&views)
}

impl From<Node> for View {
    fn from(node: Node) -> Self {
        Self { node, ends: None }
    }
}

impl From<El> for View {
    fn from(element: El) -> Self {
        Node::from(element.0).into()
    }
}

impl From<&str> for View {
    fn from(text: &str) -> Self {
        text_node(text).into()
    }
}

impl<V: Into<View>> From<Option<V>> for View {
    fn from(view: Option<V>) -> Self {
        view.map_or_else(View::nothing, Into::into)
    }
}

/// Puts a page into an element. It lives until the owner that is returned is dropped.
#[must_use = "the page ends when its owner is dropped"]
pub(crate) fn mount(parent: &Element, build: impl FnOnce() -> View) -> Owner {
    // An error says that it has been done already.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    append(parent, &owner.with(build).node);
    owner
}

/// Does something whenever an event comes, for as long as the present owner lives.
pub(crate) fn listen(target: &EventTarget, event: &'static str, handle: impl FnMut(Event) + 'static) {
    fn one(target: EventTarget, event: &'static str, handle: Box<dyn FnMut(Event)>) {
        let handle = Closure::wrap(handle);
        let _ = target.add_event_listener_with_callback(event, handle.as_ref().unchecked_ref());
        keep(Listener { target, event, handle });
    }
    one(target.clone(), event, Box::new(handle));
}

/// Listens until it is dropped.
struct Listener {
    target: EventTarget,
    event: &'static str,
    handle: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let handle = self.handle.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.event, handle);
    }
}

/// What stands in a field. All kinds of fields call it `value`.
pub(crate) fn value(field: &Element) -> String {
    field.unchecked_ref::<HtmlInputElement>().value()
}

/// Gives the focus to an element; says whether it could.
pub(crate) fn focus(element: &Element) -> bool {
    element.dyn_ref::<HtmlElement>().is_some_and(|element| element.focus().is_ok())
}

/// Does something before the browser paints the next time.
pub(crate) fn next_frame(act: impl FnOnce() + 'static) {
    fn one(act: Box<dyn FnOnce()>) {
        let _ = window().request_animation_frame(Closure::once_into_js(act).unchecked_ref());
    }
    one(Box::new(act));
}

fn text_node(text: &str) -> Node {
    document().create_text_node(text).into()
}

fn append(parent: &Node, child: &Node) {
    let _ = parent.append_child(child);
}
