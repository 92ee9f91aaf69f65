//! Shortens what wasm-bindgen wrote: the names by which the program and its script call each other,
//! and the script's indentation and comments.
//!
//! wasm-bindgen ends each of these names with a hash of sixteen digits, which no compression makes
//! smaller, and each is in both files: together a fortieth of the first load. trunk's own minifier
//! fails on the script (it does not know `export { … as default }`).

use std::collections::BTreeMap;

/// The script and the program with short names. `None`: they are not as wasm-bindgen writes them
/// today, and are to be left as they are.
pub(crate) fn shorten(script: &str, program: &[u8]) -> Option<(String, Vec<u8>)> {
    // That is what the short ones begin with. It has templates, `${…}`, but no such names.
    if script.replace("${", "").contains('$') {
        return None;
    }
    let lines = script.lines().map(str::trim).filter(|line| !is_blank(line));
    let script = lines.collect::<Vec<_>>().join("\n");

    let mut names = BTreeMap::new();
    for name in words(&script).filter(|word| has_hash(word)) {
        let number = names.len();
        names.entry(name).or_insert_with(|| format!("${number}"));
    }
    let program = rename(program, &names)?;
    let mut short = String::with_capacity(script.len());
    let mut rest = script.as_str();
    for word in words(&script) {
        let (before, after) = rest.split_once(word)?;
        short.push_str(before);
        short.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    short.push_str(rest);
    Some((short, program))
}

/// Whether a line is empty or a comment.
fn is_blank(line: &str) -> bool {
    line.is_empty() || ["//", "/**", "* ", "*/"].iter().any(|start| line.starts_with(start))
}

fn words(script: &str) -> impl Iterator<Item = &str> {
    script.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Whether one of the parts of a name is a hash of sixteen digits.
fn has_hash(name: &str) -> bool {
    name.split('_').any(|part| {
        let digits = part.strip_prefix('h').unwrap_or(part);
        digits.len() == 16 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const FUNCTION: u8 = 0;

/// The program with other names of imports and exports, and without what is only for debuggers. See chapter 5.5 of the WebAssembly
/// specification; `None` where it holds something that is not expected here.
fn rename(program: &[u8], names: &BTreeMap<&str, String>) -> Option<Vec<u8>> {
    let header = program.strip_prefix(b"\0asm\x01\0\0\0")?;
    let mut new = program[..program.len() - header.len()].to_vec();
    let mut sections = Reader(header);
    while !sections.0.is_empty() {
        let id = sections.byte()?;
        let content = sections.vector()?;
        if id == CUSTOM {
            continue;
        }
        let content = match id {
            IMPORTS | EXPORTS => rename_in(content, id, names)?,
            _ => content.to_vec(),
        };
        new.push(id);
        write_vector(&mut new, &content);
    }
    Some(new)
}

fn rename_in(section: &[u8], id: u8, names: &BTreeMap<&str, String>) -> Option<Vec<u8>> {
    let mut old = Reader(section);
    let count = old.number()?;
    let mut new = Vec::new();
    write_number(&mut new, count);
    for _ in 0..count {
        if id == IMPORTS {
            write_vector(&mut new, old.vector()?);
        }
        let name = std::str::from_utf8(old.vector()?).ok()?;
        write_vector(&mut new, names.get(name).map_or(name, String::as_str).as_bytes());
        // What it is, and its number or the number of its type.
        let kind = old.byte()?;
        if id == IMPORTS && kind != FUNCTION {
            return None;
        }
        new.push(kind);
        write_number(&mut new, old.number()?);
    }
    old.0.is_empty().then_some(new)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// So many bytes as the number before them says.
    fn vector(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (vector, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(vector)
    }
}

fn write_number(to: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn write_vector(to: &mut Vec<u8>, vector: &[u8]) {
    write_number(to, vector.len());
    to.extend(vector);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "\
// Made by a machine.
export function start() {
    /**
     * @param {string} text
     */
    wasm.run_h0123456789abcdef(`${text}`);
}
const imports = { __wbg_log_fedcba9876543210: (text) => console.log(text, \"// text\") };
";

    /// A module of these sections.
    fn module(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (id, content) in sections {
            module.push(*id);
            write_vector(&mut module, content);
        }
        module
    }

    fn imports(name: &str, kind: u8) -> Vec<u8> {
        let mut section = vec![1];
        write_vector(&mut section, b"./web_bg.js");
        write_vector(&mut section, name.as_bytes());
        section.extend([kind, 3]);
        section
    }

    fn exports(names: [&str; 2]) -> Vec<u8> {
        let mut section = vec![2];
        for name in names {
            write_vector(&mut section, name.as_bytes());
            // A function with a number of two bytes.
            section.extend([0, 0x81, 0x02]);
        }
        section
    }

    #[test]
    fn both_files_get_the_same_short_names_and_all_else_stays() {
        let code = vec![7; 300];
        let program = module(&[
            (IMPORTS, imports("__wbg_log_fedcba9876543210", FUNCTION)),
            (EXPORTS, exports(["memory", "run_h0123456789abcdef"])),
            (10, code.clone()),
        ]);
        let (script, program) = shorten(SCRIPT, &program).unwrap();
        assert_eq!(
            script,
            "export function start() {\nwasm.$0(`${text}`);\n}\n\
             const imports = { $1: (text) => console.log(text, \"// text\") };"
        );
        let expected =
            module(&[(IMPORTS, imports("$1", FUNCTION)), (EXPORTS, exports(["memory", "$0"])), (10, code)]);
        assert_eq!(program, expected);
    }

    #[test]
    fn what_is_not_expected_is_left_alone() {
        assert!(shorten("let $0 = 1;", &module(&[])).is_none());
        assert!(shorten(SCRIPT, b"no program").is_none());
        assert!(shorten(SCRIPT, &module(&[(IMPORTS, imports("memory", 2))])).is_none());
        let mut cut_off = module(&[(EXPORTS, exports(["a", "b"]))]);
        cut_off.pop();
        assert!(shorten(SCRIPT, &cut_off).is_none());
    }
}
