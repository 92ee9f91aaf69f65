//! The links of README.md and ARCHITECTURE.md lead somewhere.

use std::fs;

use crate::paths::root;

#[test]
fn every_link_to_a_file_of_the_project_leads_to_one() {
    for page in ["README.md", "ARCHITECTURE.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let ours: Vec<&str> = links.filter(|link| !link.contains("://")).collect();
        assert!(ours.len() > 10, "{page} has links");
        for link in ours {
            let is_there = match link.split_once('#') {
                Some(("", heading)) => has_heading(&text, heading),
                Some((file, heading)) => {
                    fs::read_to_string(root().join(file)).is_ok_and(|text| has_heading(&text, heading))
                }
                None => root().join(link).exists(),
            };
            assert!(is_there, "{page} links to {link}, which is not there");
        }
    }
}

/// Whether a page has the heading that is named so in a link.
fn has_heading(page: &str, name: &str) -> bool {
    let headings = page.lines().filter_map(|line| line.strip_prefix('#'));
    let mut names =
        headings.map(|heading| heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"));
    names.any(|heading| heading == name)
}
