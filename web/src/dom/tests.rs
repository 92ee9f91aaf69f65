//! In a real browser: what is live changes, what is gone is gone, and what stays is left alone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use crate::reactive::*;
use gloo_timers::future::sleep;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, HtmlElement, HtmlInputElement};

use super::{Item, View, button, div, el, list, listen, mount, p, part, span, together, when};
use crate::live::{effect, keep};

/// Something on a page of its own.
struct Page {
    root: HtmlElement,
    owner: Owner,
}

impl Page {
    fn of(build: impl FnOnce() -> View) -> Self {
        let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&root).unwrap();
        let owner = mount(&root, build);
        Self { root, owner }
    }

    fn one(&self, selector: &str) -> HtmlElement {
        self.root.query_selector(selector).unwrap().unwrap().unchecked_into()
    }

    fn text(&self) -> String {
        self.root.text_content().unwrap()
    }

    fn close(self) {
        self.owner.cleanup();
        self.root.remove();
    }
}

/// Lets the effects run.
async fn settle() {
    sleep(Duration::from_millis(0)).await;
}

/// How often something happened.
#[derive(Clone, Default)]
struct Count(Arc<AtomicU32>);

impl Count {
    fn up(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

/// Counts when it is dropped.
struct Held(Count);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.up();
    }
}

#[wasm_bindgen_test]
async fn what_is_live_follows_and_what_somebody_wrote_is_never_html() {
    let name = RwSignal::new("<b>Ann</b>".to_owned());
    let page = Page::of(|| {
        let long = move || name.with(|name| name.len() > 20);
        p("row")
            .live_text(move || name.get())
            .class_if("is-long", long)
            .live_attr("title", move || name.get())
            .live_attr("hidden", move || long().then_some(""))
            .child(when(long, || span("mark").text("!")))
            .into()
    });
    assert_eq!(page.text(), "<b>Ann</b>");
    let row = page.one("p");
    assert_eq!(row.class_name(), "row");

    name.set("<script>alert(1)</script>".to_owned());
    settle().await;
    assert_eq!(page.text(), "<script>alert(1)</script>!");
    assert_eq!(row.class_name(), "row is-long");
    assert_eq!(row.get_attribute("title").as_deref(), Some("<script>alert(1)</script>"));
    assert_eq!(row.get_attribute("hidden").as_deref(), Some(""));
    assert_eq!(row.child_element_count(), 1, "the mark and no script");

    name.set("Ben".to_owned());
    settle().await;
    assert_eq!(page.text(), "Ben");
    assert_eq!(row.get_attribute("hidden"), None);
    page.close();
}

#[wasm_bindgen_test]
async fn a_field_keeps_its_cursor_when_the_state_says_what_it_holds_already() {
    let text = RwSignal::new("Hello".to_owned());
    let page = Page::of(|| {
        el("input", "").live_value(move || text.get()).on_input(move |typed| text.set(typed)).into()
    });
    let field: HtmlInputElement = page.one("input").unchecked_into();
    assert_eq!(field.value(), "Hello");
    field.set_value("Help");
    field.set_selection_range(2, 2).unwrap();
    field.dispatch_event(&Event::new("input").unwrap()).unwrap();
    assert_eq!(text.get_untracked(), "Help");
    settle().await;
    assert_eq!(field.selection_start().unwrap(), Some(2));
    text.set(String::new());
    settle().await;
    assert_eq!(field.value(), "");
    page.close();
}

#[wasm_bindgen_test]
async fn a_part_that_is_built_a_thousand_times_leaves_nothing_behind() {
    let [cleaned, dropped, heard, ran] = [(); 4].map(|()| Count::default());
    let turn = RwSignal::new(0_u32);
    let pulse = RwSignal::new(());
    let counts = (cleaned.clone(), dropped.clone(), heard.clone(), ran.clone());
    let page = Page::of(move || {
        part(move || {
            let now = turn.get();
            let (cleaned, dropped, heard, ran) = counts.clone();
            on_cleanup(move || cleaned.up());
            let held = Held(dropped);
            effect(move || {
                pulse.track();
                ran.up();
                let _ = &held;
            });
            let window_heard = heard.clone();
            listen(&window(), "parlance-test", move |_| window_heard.up());
            // Parts within parts, and with something beside them at either end.
            together([
                when(move || now.is_multiple_of(2), || span("even").text("even")),
                button("turn").on("parlance-test", move |_| heard.up()).text(&now.to_string()).into(),
                part(move || {
                    pulse.track();
                    span("").text(".")
                }),
            ])
        })
    });
    let first_button = page.one("button");
    for now in 1..=1_000 {
        turn.set(now);
        settle_quickly().await;
    }
    settle().await;
    assert_eq!(page.text(), "even1000.");
    assert_eq!(page.root.child_element_count(), 3);
    assert_eq!(cleaned.get(), 1_000);
    assert_eq!(dropped.get(), 1_000, "the effects and what they captured");

    let before = ran.get();
    pulse.set(());
    settle().await;
    assert_eq!(ran.get() - before, 1, "one effect is alive");
    window().dispatch_event(&Event::new("parlance-test").unwrap()).unwrap();
    assert_eq!(heard.get(), 1, "one listener on the window");
    first_button.dispatch_event(&Event::new("parlance-test").unwrap()).unwrap();
    assert_eq!(heard.get(), 1, "the old button has none");
    page.one("button").dispatch_event(&Event::new("parlance-test").unwrap()).unwrap();
    assert_eq!(heard.get(), 2);

    page.owner.cleanup();
    settle().await;
    window().dispatch_event(&Event::new("parlance-test").unwrap()).unwrap();
    assert_eq!((heard.get(), cleaned.get(), dropped.get()), (2, 1_001, 1_001));
    page.close();
}

/// A part notices a change in a microtask, for which no timer is needed.
async fn settle_quickly() {
    for _ in 0..4 {
        let done = js_sys::Promise::resolve(&wasm_bindgen::JsValue::NULL);
        wasm_bindgen_futures::JsFuture::from(done).await.unwrap();
    }
}

/// Rows that say when they are built and when they end.
fn rows(keys: RwSignal<Vec<u32>>, built: Count, ended: Count) -> View {
    list(move || {
        let item = |key: u32| {
            let (built, ended) = (built.clone(), ended.clone());
            Item::new(key.to_string(), move || {
                built.up();
                keep(Held(ended));
                // Several nodes, the first of which comes and goes.
                together([
                    when(move || key == 0, || "zero"),
                    button("").attr("id", &format!("row-{key}")).text(&format!("{key} ")).into(),
                ])
            })
        };
        keys.get().into_iter().map(item).collect()
    })
}

#[wasm_bindgen_test]
async fn a_row_keeps_the_focus_while_others_come_go_and_change_places() {
    let (built, ended) = (Count::default(), Count::default());
    let keys = RwSignal::new(vec![5, 6, 7]);
    let counts = (built.clone(), ended.clone());
    let page = Page::of(move || div("").text("[").child(rows(keys, counts.0, counts.1)).text("]").into());
    assert_eq!(page.text(), "[5 6 7 ]");
    let six = page.one("#row-6");
    six.focus().unwrap();
    let blurred = Count::default();
    {
        let blurred = blurred.clone();
        page.owner.with(|| listen(&six, "blur", move |_| blurred.up()));
    }
    for now in [
        vec![4, 5, 6, 7],
        vec![0, 3, 4, 5, 6, 7, 8],
        // The last comes first, the first goes last.
        vec![8, 0, 3, 4, 5, 6, 7],
        vec![0, 3, 4, 5, 6, 7, 8],
        vec![3, 4, 5, 6, 7, 8, 0],
        vec![6],
        vec![9, 6, 10],
        vec![1, 2, 6, 10, 9],
    ] {
        keys.set(now.clone());
        settle().await;
        let text: String =
            now.iter().map(|key| format!("{}{key} ", if *key == 0 { "zero" } else { "" })).collect();
        assert_eq!(page.text(), format!("[{text}]"));
        assert!(document().active_element().is_some_and(|active| *active == **six), "{now:?}");
    }
    assert_eq!(blurred.get(), 0);
    // 5 6 7 4 0 3 8 9 10 1 2
    assert_eq!(built.get(), 11);
    assert_eq!(ended.get(), 6, "3 4 5 7 8 0");
    page.close();
    assert_eq!(ended.get(), 11);
}

#[wasm_bindgen_test]
async fn any_order_becomes_any_other() {
    let keys = RwSignal::new(Vec::new());
    let page = Page::of(move || rows(keys, Count::default(), Count::default()));
    let mut seed = 7_u32;
    for _ in 0..300 {
        let mut some: Vec<u32> = (1..20).collect();
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        some.retain(|_| random() % 3 > 0);
        some.sort_by_cached_key(|_| random() % 8);
        keys.set(some.clone());
        settle_quickly().await;
        assert_eq!(page.text(), some.iter().map(|key| format!("{key} ")).collect::<String>());
    }
    page.close();
}

#[wasm_bindgen_test]
async fn what_a_row_reads_while_it_is_built_does_not_concern_the_list() {
    let (built, ended) = (Count::default(), Count::default());
    let unrelated = RwSignal::new(0);
    let count = built.clone();
    let page = Page::of(move || {
        list(move || {
            count.up();
            vec![Item::new("one".to_owned(), move || span("").text(&unrelated.get().to_string()))]
        })
    });
    unrelated.set(1);
    settle().await;
    assert_eq!((built.get(), ended.get()), (1, 0));
    assert_eq!(page.text(), "0");
    page.close();
}

#[derive(Clone)]
struct Greeting(&'static str);

#[wasm_bindgen_test]
async fn contexts_are_found_from_within_parts_and_rows_built_later() {
    let shown = RwSignal::new(false);
    let page = Page::of(move || {
        provide_context(Greeting("hello "));
        let greeting = || span("").text(use_context::<Greeting>().unwrap().0);
        let item = move || Item::new("one".to_owned(), greeting);
        let rows = list(move || shown.get().then(item).into_iter().collect());
        together([when(move || shown.get(), move || div("").child(part(greeting))), rows])
    });
    shown.set(true);
    settle().await;
    assert_eq!(page.text(), "hello hello ");
    page.close();
}
