//! Tests that index.html names every style sheet, and that they agree about the layout's widths.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The style sheets of a folder, with their paths from the root.
fn sheets(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sheets(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "css") {
            found.insert(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn index_html_names_every_style_sheet_and_no_other() {
    let index = fs::read_to_string(root().join("index.html")).unwrap();
    let named: BTreeSet<String> = index
        .split("href=\"")
        .filter_map(|rest| rest.split_once('"'))
        .map(|(href, _)| href.to_owned())
        .filter(|href| href.ends_with(".css"))
        .collect();
    let mut there = BTreeSet::new();
    sheets(&root().join("web/src"), &mut there);
    sheets(&root().join("web/styles"), &mut there);
    assert_eq!(named, there);
}

#[test]
fn the_layout_changes_at_the_widths_of_breakpoint_rs_alone() {
    let mut there = BTreeSet::new();
    sheets(&root().join("web/src"), &mut there);
    sheets(&root().join("web/styles"), &mut there);
    let breakpoints = ["(width < 640px)", "(640px <= width < 1024px)", "(width < 1024px)"];
    for sheet in there {
        let text = fs::read_to_string(root().join(&sheet)).unwrap();
        for query in text.lines().filter(|line| line.contains("@media") && line.contains("width")) {
            assert!(breakpoints.iter().any(|known| query.contains(known)), "{sheet}: {query}");
        }
    }
}
