//! axe-core, put into the page by the driver: the page's own policy would not let it in.

use std::cell::RefCell;
use std::fs;

use anyhow::{Result, ensure};
use e2e::person::Person;
use serde::Deserialize;
use serde_json::json;

/// Looks at what is on the screen. In the dark scheme only the colours are different.
const LOOK: &str = "
    const rules = { color: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };
    const options = { resultTypes: ['violations'], preload: false };
    const found = await axe.run(document, only ? { ...options, runOnly: rules[only] } : options);
    return found.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help,
      nodes: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`) }));";

/// A rule, the element for which it does not count, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "scrollable-region-focusable",
    "#completion:",
    "the focus stays in the field, whose arrow keys go through the list and scroll it",
)];

#[derive(Deserialize)]
struct Violation {
    id: String,
    impact: Option<String>,
    help: String,
    /// Which elements, and why.
    nodes: Vec<String>,
}

/// Somebody who looks at their page with axe.
pub(crate) struct Axe<'a> {
    person: &'a Person,
    source: String,
    width: u32,
    found: RefCell<Vec<String>>,
}

impl<'a> Axe<'a> {
    pub(crate) fn of(person: &'a Person) -> Result<Self> {
        let source = fs::read_to_string(e2e::interop_packages()?.join("node_modules/axe-core/axe.min.js"))?;
        Ok(Self { person, source, width: 0, found: RefCell::default() })
    }

    /// The page gets this size.
    pub(crate) async fn looks_through(&mut self, width: u32, height: u32) -> Result<()> {
        self.width = width;
        self.person.looks_through(width, height, "light").await
    }

    /// Looks at this screen in both schemes.
    pub(crate) async fn looks_at(&self, screen: &str) -> Result<()> {
        self.person.rests().await?;
        if self.person.script("return !window.axe").await? == true {
            self.person.script(&self.source).await?;
        }
        for (scheme, only) in [("light", None), ("dark", Some("color"))] {
            self.sees_in(scheme).await?;
            let look = format!("const only = {}; return (async () => {{ {LOOK} }})();", json!(only));
            let violations: Vec<Violation> = serde_json::from_value(self.person.script(&look).await?)?;
            for Violation { id, impact, help, mut nodes } in violations {
                let is_excepted = |node: &String| {
                    EXCEPTIONS.iter().any(|(rule, element, _)| *rule == id && node.starts_with(element))
                };
                nodes.retain(|node| !is_excepted(node));
                if nodes.is_empty() {
                    continue;
                }
                let impact = impact.unwrap_or_default();
                let what = format!("{screen}, {} px, {scheme}: {id} ({impact}): {help}", self.width);
                let what = format!("{what}\n    {}", nodes.join("\n    "));
                match &*impact {
                    "serious" | "critical" => self.found.borrow_mut().push(what),
                    _ => println!("{what}"),
                }
            }
        }
        self.sees_in("light").await
    }

    /// The scheme changes at once: a colour on its way to another is neither.
    async fn sees_in(&self, scheme: &str) -> Result<()> {
        let tastes = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.person.devtools("Emulation.setEmulatedMedia", tastes).await.map(drop)
    }

    /// Fails with all that was found.
    pub(crate) fn verdict(self) -> Result<()> {
        let found = self.found.into_inner();
        ensure!(found.is_empty(), "{} things:\n{}", found.len(), found.join("\n"));
        Ok(())
    }
}
