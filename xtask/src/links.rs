//! What the documents name is there: files, headings, and commands of xtask.

use std::{fs, path::PathBuf};

use xshell::cmd;

use crate::paths::{root, shell};

#[test]
fn every_link_to_the_project_leads_somewhere() {
    for (page, text) in pages() {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let is_there = match link.split_once('#') {
                Some(("", heading)) => has_heading(&text, heading),
                Some((file, heading)) => {
                    fs::read_to_string(beside(&page, file)).is_ok_and(|text| has_heading(&text, heading))
                }
                None => beside(&page, link).exists(),
            };
            assert!(is_there, "{page} links to {link}, which is not there");
        }
    }
}

#[test]
fn every_path_in_backticks_is_that_of_a_file_or_a_folder() {
    let files = files();
    for (page, text) in pages() {
        for name in text.split('`').skip(1).step_by(2).filter(|name| is_path(name)) {
            // Often only the end of a path is written.
            let part = format!("/{}/", name.trim_end_matches('/'));
            let is_there = files.iter().any(|file| format!("/{file}/").contains(&part));
            assert!(is_there, "{page} names `{name}`, which is no file or folder of the project");
        }
    }
}

#[test]
fn every_command_of_xtask_that_is_named_is_there() {
    let commands = include_str!("flags.rs");
    for (page, text) in pages() {
        // A line may end between the words.
        let words: Vec<&str> = text.split_whitespace().collect();
        for three in words.windows(3).filter(|three| three[0].ends_with("cargo") && three[1] == "xtask") {
            let name = three[2].split('`').next().unwrap_or_default();
            let is_there = commands.contains(&format!(" cmd {name} {{"));
            assert!(is_there, "{page} names `cargo xtask {name}`, which is no command");
        }
    }
}

/// The files of the project, by their paths from the root.
fn files() -> Vec<String> {
    let sh = shell().unwrap();
    let files = cmd!(sh, "git ls-files --cached --others --exclude-standard").quiet().read().unwrap();
    files.lines().map(str::to_owned).collect()
}

/// The documents, with what is in them.
fn pages() -> Vec<(String, String)> {
    let names = files().into_iter().filter(|file| file.ends_with(".md"));
    names.map(|name| (name.clone(), fs::read_to_string(root().join(name)).unwrap())).collect()
}

/// The file that a page names by its path from there.
fn beside(page: &str, file: &str) -> PathBuf {
    root().join(page).with_file_name(file)
}

/// Whether a page has the heading that is named so in a link.
fn has_heading(page: &str, name: &str) -> bool {
    let headings = page.lines().filter_map(|line| line.strip_prefix('#'));
    let mut names =
        headings.map(|heading| heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"));
    names.any(|heading| heading == name)
}

/// Whether it can only be the path of a file that is in the repository, or of a folder. What is built is in `target`.
fn is_path(name: &str) -> bool {
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    let is_source = [".rs", ".css", ".md"].iter().any(|end| name.ends_with(end));
    name.chars().all(is_path)
        && (is_source || name.contains('/'))
        && !name.starts_with(['/', '.'])
        && !name.starts_with("target/")
}
